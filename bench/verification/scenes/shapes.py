"""Scenes of shapes and layouts: blocks, orders and labels; images; many examples; caches of a large X."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from gradrace.bench.problems import pixels
from gradrace.bench.results import Dtype
from gradrace.bench.verification.hard_problems import Features, Order, case
from gradrace.bench.verification.reference import Point
from gradrace.bench.verification.scenes.scene import Call, Scene, point, problem_of
from gradrace.impls.interface import Problem

SIZES = ((300, 16), (200, 1), (2500, 100), (5500, 5), (256, 3), (4096, 10), (16, 8), (7, 300), (20, 784))
"""(m, n_x) in C order: whole blocks, and more than a block with a remainder, of few and of many features."""

LAYOUTS: tuple[tuple[int, int, Order, Features], ...] = (
    (300, 7, "F", "normal"),
    (300, 7, "strided", "normal"),
    (70, 100, "strided", "normal"),
    (400, 37, "F", "sparse"),
    (140_000, 2, "C", "sparse"),
)
"""(m, n_x, memory order, features) of further problems."""


def blocks(dtype: Dtype) -> Scene:
    """Return a scene of problems of further sizes and layouts, with and without a remainder of usual blocks.

    The labels of the last one are strided.
    """
    cases = [case(m, n_x, dtype) for m, n_x in SIZES]
    cases += [case(m, n_x, dtype, order=order, features=features) for m, n_x, order, features in LAYOUTS]
    one = case(37, 11, dtype)
    Y = np.ones((1, 74), dtype)
    Y[:, ::2] = one.problem.Y
    cases.append(replace(one, problem=replace(one.problem, Y=Y[:, ::2])))
    return Scene([one.problem for one in cases], [Call(k, Point(one.w, one.b)) for k, one in enumerate(cases)])


def images(dtype: Dtype) -> Scene:
    """Return a scene of images: many, in both orders; dark and black ones; weights of many decades.

    A further problem has features of 1e-9.
    """
    many, dark, few = (pixels(m, n_x, dtype) for m, n_x in ((71, 1100), (41, 29), (7, 100)))
    rng = np.random.default_rng(3)
    X = np.where(rng.random(dark.problem.X.shape) < 0.7, np.uint8(0), dark.problem.X)
    black = np.where(np.arange(few.problem.m) > 1, np.uint8(0), few.problem.X)
    apart = few.problem.X.copy()
    apart[::2, :3] = 0
    apart[1::2, 3:] = 0
    tiny = problem_of(1e-9 * np.eye(21), np.arange(21) % 2, dtype)
    problems = [
        many.problem,
        replace(many.problem, X=np.asfortranarray(many.problem.X)),
        replace(dark.problem, X=X),
        replace(few.problem, X=black),
        replace(few.problem, X=apart),
        tiny,
    ]
    decades = few.w.astype(float) * np.where(np.arange(100) % 2, 1e10, 1.0) / 10
    weights = [many.w, many.w, dark.w, few.w, decades, 1e9 * np.linspace(-3, 3, 21)]
    return Scene(problems, [Call(k, point(problems[k], w, 0.25)) for k, w in enumerate(weights)])


def edges(m: int, n_x: int, wrong_half: bool, dtype: Dtype) -> Problem:
    """Return many examples with z = ±20, on their labels' side except for the last five or the second half."""
    y = np.arange(m) % 2
    X = np.zeros((n_x, m))
    X[0] = np.where(y, 20.0, -20.0)
    if wrong_half:
        X[0, m // 2 :] *= -1
    else:
        X[0, -5:] *= [-1, 1.5, -1, 1.5, -1]
    X[1:, -3:] = 1.5
    return problem_of(X, y, dtype)


def long_edges(dtype: Dtype) -> Scene:
    """Return a scene of many examples, of which the last few, or the second half, make nearly all of J and db."""
    problems = [edges(10_007, 1, False, dtype), edges(70_001, 2, False, dtype), edges(70_001, 2, True, dtype)]
    return Scene(problems, [Call(k, point(one, [1.0, 0.01][: one.n_x], 0)) for k, one in enumerate(problems)])


def large_together(dtype: Dtype) -> Scene:
    """Return a scene of larger problems of the same shape at the same time, which differ everywhere or in one entry."""
    wide, small = case(200, 100, dtype), case(61, 31, dtype)
    X = small.problem.X.copy()
    X[3, 7] = 5
    problems = [
        wide.problem,
        replace(wide.problem, X=wide.problem.X + wide.w.dtype.type(1)),
        small.problem,
        replace(small.problem, X=X),
    ]
    at = [Point(one.w, one.b) for one in (wide, wide, small, small)]
    return Scene(problems, [Call(k, at[k], in_place=False) for k in (0, 1, 2, 3, 0)])


def wide_points(dtype: Dtype) -> Scene:
    """Return a scene of points of many weights that differ in one, in their order or by a factor.

    In a second problem one weight is far larger than the others.
    """
    one, other = case(5, 1031, dtype), case(5, 300, dtype)
    weights: list[Any] = [
        one.w,
        *(np.where(np.arange(1031) == k, one.w + 1, one.w) for k in (3, 101, 514, 515, 777, 1029)),
        np.concatenate([one.w[:100], one.w[100:900][::-1], one.w[900:]]),
        *(one.w * k for k in range(2, 5)),
    ]
    large = 1e12 if dtype == "float32" else 1e18
    scales = np.where(np.arange(300) == 0, large, 1.0)
    lopsided = replace(other.problem, X=(other.problem.X / scales[:, np.newaxis]).astype(dtype))
    far = [other.w * scales + 0.5 * (np.arange(300) == k) for k in (1, 2, 3, 4)]
    return Scene(
        [one.problem, lopsided],
        [*(Call(0, point(one.problem, w, 0.25)) for w in weights), *(Call(1, point(lopsided, w, 0.25)) for w in far)],
    )


def late(dtype: Dtype) -> Scene:
    """Return a scene of problems that differ in their labels alone.

    Each is prepared at its first call, between calls on others.
    """
    one = case(150, 3, dtype)
    problems = [one.problem, replace(one.problem, Y=1 - one.problem.Y)]
    at = Point(one.w, one.b)
    return Scene(problems, [Call(k, at) for k in (0, 1, 0)], late=True)
