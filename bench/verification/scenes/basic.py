"""Scenes of values, sizes, layouts, points and problems, each of which shows the most common form of a mistake."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, SupportsFloat

import numpy as np

from gradrace.bench.problems import pixels
from gradrace.bench.results import Dtype
from gradrace.bench.verification.hard_problems import case
from gradrace.bench.verification.reference import Point
from gradrace.bench.verification.scenes.scene import Call, Scene, point, problem_of, single
from gradrace.impls.interface import Problem

SMALL = [0.0, *(2.0**-k for k in (60, 40, 30, 26, 20, 17, 14, 11, 9, 7, 6, 5, 4, 3, 2, 1))]
LARGE = [*np.arange(1.25, 46, 1.75), 60.0, 87.5, 104.0, 350.0, 740.0, 1500.0, 12_000.0, 1e5]
VALUES = np.array(sorted({sign * z for z in SMALL + LARGE for sign in (1, -1)}))
"""Values of z, of both signs: around 0 in powers of two, to 45 in steps, and far beyond."""


def diagonal(dtype: Dtype) -> Scene:
    """Return a scene of examples with one feature each, so that dw shows σ(z) of each, to a few roundings.

    Each z occurs with both labels.
    """
    z = np.tile(VALUES, 2)
    problem = problem_of(np.eye(len(z)), np.repeat([0, 1], len(VALUES)), dtype)
    return Scene([problem], [Call(0, point(problem, w, 0)) for w in (z, -z)])


def alike(label: int, m: int, dtype: Dtype) -> Scene:
    """Return a scene of equal examples, so that J shows L(z), to a few roundings, for one z after another."""
    problem = problem_of(np.ones((1, m)), np.full(m, label), dtype)
    return Scene([problem], [Call(0, point(problem, [z], 0)) for z in [*VALUES, -0.0]])


def tiles(m: int, n_x: int, dtype: Dtype, order: Any = "C") -> Scene:
    """Return a scene of a problem whose size is prime to every tile in both directions, or a multiple of each.

    The second point differs in the middle weight alone.
    """
    one = case(m, n_x, dtype, order=order)
    w = one.w.copy()
    w[n_x // 2] *= 2
    return single(one, Point(w, one.b))


def lone_entries(dtype: Dtype) -> Scene:
    """Return a scene of features that are 0 in all examples but one.

    They reveal what a mean rounds even without additions, and entries lost at an edge.
    """
    m, at = 70_001, (0, 1, 4095, 8192, 65_535, 65_536, 69_990, 70_000)
    rng = np.random.default_rng(0)
    X = np.zeros((len(at), m))
    X[np.arange(len(at)), at] = 1 + rng.random(len(at))
    problem = problem_of(X, rng.integers(0, 2, m), dtype)
    return Scene([problem], [Call(0, point(problem, np.linspace(-1, 1, len(at)), 0.25))])


def sizes(dtype: Dtype) -> Scene:
    """Return a scene of problems with n_x features and 41 − n_x examples, for every n_x from 1 to 40."""
    cases = [case(41 - n_x, n_x, dtype) for n_x in range(1, 41)]
    return Scene([one.problem for one in cases], [Call(k, Point(one.w, one.b)) for k, one in enumerate(cases)])


def many_features(dtype: Dtype) -> Scene:
    """Return a scene of more features than 16 bits can number, nearly all of them 0."""
    at, rng = [0, 1, 4095, 4096, 65_535, 65_536, 65_538], np.random.default_rng(0)
    X, w = np.zeros((65_539, 3)), np.zeros(65_539)
    X[at], w[at] = rng.standard_normal((len(at), 3)), rng.standard_normal(len(at))
    problem = problem_of(X, [0, 1, 0], dtype)
    return Scene([problem], [Call(0, point(problem, w, 0.5))])


def orders(dtype: Dtype) -> Scene:
    """Return a scene of problems in each memory order: square, wide and long."""
    shapes = [(37, 37), (11, 37), (37, 11), (61, 41)]
    cases = [case(m, n_x, dtype, order=o) for m, n_x in shapes for o in ("F", "strided", "reversed")]
    flipped = [replace(one.problem, X=one.problem.X[::-1].copy()[::-1]) for one in cases]
    sideways = [replace(one.problem, X=one.problem.X[:, ::-1].copy()[:, ::-1]) for one in cases]
    locked = [case(m, n_x, dtype, order="F", read_only=True).problem for m, n_x in shapes for _ in range(3)]
    return Scene(
        [*(one.problem for one in cases), *flipped, *sideways, *locked],
        [Call(k * len(cases) + i, Point(one.w, one.b)) for k in range(4) for i, one in enumerate(cases)],
    )


def pixel_problems(dtype: Dtype) -> Scene:
    """Return a scene of pixels in each order, with several scales, few and many.

    Some problems hold only 0 and 1, some white images.
    """
    long, short, square = (pixels(m, n_x, dtype).problem for m, n_x in ((1031, 131), (131, 67), (37, 37)))
    binary = replace(short, X=short.X % np.uint8(2), scale=1 / 255)
    white = replace(short, X=np.where(np.arange(short.m) % 5 == 0, np.uint8(255), short.X))
    wide = np.zeros((2 * square.n_x, 3 * square.m), np.uint8)
    wide[::2, ::3] = square.X
    problems = [
        replace(long, X=np.asfortranarray(long.X), scale=1 / 256),
        replace(long, scale=0.0123),
        replace(short, scale=1.0),
        replace(short, X=np.asfortranarray(short.X), scale=3.7),
        binary,
        white,
        replace(square, X=np.asfortranarray(square.X)),
        replace(square, X=wide[::2, ::3]),
        replace(square, X=square.X[::-1]),
        problem_of(np.random.default_rng(0).standard_normal((7, 31)), np.arange(31) % 3 == 0, dtype, 0.37),
    ]
    rng = np.random.default_rng(1)
    calls = []
    for k, problem in enumerate(problems):
        unit = np.sqrt(problem.n_x) * problem.scale * float(problem.X.max())
        calls += [
            Call(k, point(problem, w / unit, 0.5)) for w in (rng.standard_normal(problem.n_x), np.ones(problem.n_x))
        ]
    return Scene(problems, calls)


def magnitudes(dtype: Dtype) -> Scene:
    """Return a scene of features and weights from tiny to huge, each of which matters to z and to dw."""
    decades = np.arange(-280, 281, 40) if dtype == "float64" else np.arange(-28, 29, 4)
    scales = 10.0**decades
    rng = np.random.default_rng(0)
    n_x, m = len(scales), 53
    spread = problem_of(rng.standard_normal((n_x, m)) * scales[:, np.newaxis], rng.integers(0, 2, m), dtype)
    spans = np.logspace(-12, 12, 9)
    narrow = problem_of(rng.standard_normal((9, m)) * spans[:, np.newaxis], rng.integers(0, 2, m), dtype)
    plain = problem_of(rng.standard_normal((3, m)), rng.integers(0, 2, m), dtype)
    X = rng.standard_normal((7, 211))
    X[np.arange(7), 10 * np.arange(7)] = 1e8  # an outlier of each feature
    X[3], X[5] = 2.5, 0  # constant features
    outliers = problem_of(X, rng.integers(0, 2, 211), dtype)
    w = rng.standard_normal
    return Scene(
        [spread, narrow, plain, outliers],
        [
            Call(0, point(spread, w(n_x) / scales / n_x, 0.5)),
            Call(1, point(narrow, w(9) / spans, -3)),
            Call(2, point(plain, 1e-9 * w(3), 0)),
            Call(2, point(plain, 1e-22 * w(3), 1e-9)),
            Call(2, point(plain, 150 * w(3), 1e-3)),
            Call(3, point(outliers, np.array([1e-8, 1, 1e-8, 0.7, 1e-8, 2, 1e-8]) * w(7), 0.1)),
        ],
    )


def separated(dtype: Dtype) -> Scene:
    """Return a scene of examples on their labels' side: near, far, and so far that dz is below 10⁻¹²."""
    one = case(41, 5, dtype)
    z = one.w.astype(float) @ one.problem.X
    problem = replace(one.problem, Y=(z > 0)[np.newaxis].astype(dtype))
    return Scene([problem], [Call(0, point(problem, one.w * factor, 0)) for factor in (1.0, 3.0, 6.0, 9.0)])


def points_of(problem: Problem, w: Any, b: SupportsFloat) -> list[Point]:
    """Return points, each of which differs from another in one respect only."""
    w, b, n_x = np.asarray(w, float), float(b), problem.n_x
    fine = 3e-9 if problem.dtype == np.float64 else 2e-4
    middle = np.where(np.arange(n_x) == n_x // 2, 1.5, 1.0)
    steps: list[tuple[Any, float]] = [
        (w, b),
        (w, b + 1),
        (w, -b),
        (-w, b),
        (w * middle, b),
        (w[::-1], b),
        (np.roll(w, 1), b),
        (w * (1 + fine), b),
        (w * np.where(np.arange(n_x) == n_x // 2, 1 + fine / 2, 1.0), b),
        (w, b * (1 + fine)),
        (w * 1e7, b),
        (w, b),
        (0 * w, b),
        (0 * w, 0.0),
        (w, 23.0),
        (w, -17.0),
        (1e-7 * w, 1e-7),
    ]
    return [point(problem, *each) for each in steps]


def points(dtype: Dtype) -> Scene:
    """Return a scene of many points of one problem, several times.

    They change b alone or w alone, in place or not, and include nearly equal and distant points.
    """
    one = case(37, 11, dtype)
    around = points_of(one.problem, one.w, one.b)
    order = [p for r in range(8) for p in (around if r % 2 == 0 else around[::-1])]
    return Scene([one.problem], [Call(0, p, in_place=k % 3 != 0) for k, p in enumerate(order)])


def many_calls(dtype: Dtype) -> Scene:
    """Return a scene of more calls than any buffer or counter can hold."""
    one = case(9, 3, dtype)
    rng = np.random.default_rng(0)
    many = [point(one.problem, rng.standard_normal(3), rng.standard_normal()) for _ in range(200)]
    return Scene([one.problem], [Call(0, many[k % 200]) for k in range(1100)])


def together(dtype: Dtype) -> Scene:
    """Return a scene of problems of the same shape at the same time, called alternately.

    They share all but one thing.
    """
    one = case(37, 11, dtype)
    X, Y, rng = one.problem.X, one.problem.Y, np.random.default_rng(7)
    inside = X + rng.standard_normal(X.shape)
    inside[:, [0, -1]] = X[:, [0, -1]]
    problems = [
        one.problem,
        replace(one.problem, X=rng.permutation(X, axis=1)),
        replace(one.problem, X=inside.astype(dtype)),
        replace(one.problem, Y=1 - Y),
        case(29, 11, dtype).problem,
        *(replace(pixels(31, 11, dtype).problem, scale=scale) for scale in (1 / 255, 1 / 100)),
    ]
    around = points_of(one.problem, one.w, one.b)[:3]
    return Scene(problems, [Call(k, p, in_place=False) for p in around for k in range(len(problems))])


def refilled(dtype: Dtype) -> Scene:
    """Return a scene of successive problems whose X are in the same memory."""
    cases = [case(37, 11, dtype, seed=seed) for seed in range(3)]
    calls = [Call(k, Point(one.w, one.b)) for k, one in enumerate(cases)]
    return Scene([one.problem for one in cases], calls, refilled=True)
