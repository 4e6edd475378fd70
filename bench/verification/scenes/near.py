"""Scenes whose points, or problems, differ from each other in as little as one entry, or one part in 10¹¹."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradrace.bench.results import Dtype
from gradrace.bench.verification.hard_problems import case
from gradrace.bench.verification.reference import Point
from gradrace.bench.verification.scenes.scene import Call, Scene, point, problem_of


def points(dtype: Dtype) -> Scene:
    """Return a scene of successive points that differ by less than most cache keys do.

    On one problem the features are so large that the differences matter.
    """
    one = case(37, 5, dtype)
    rng = np.random.default_rng(3)
    large = problem_of(1e6 * rng.standard_normal((5, 37)), rng.integers(0, 2, 37), dtype)
    w, b, tiny = np.array([1, -1, 2, 0.5, -0.25]), 0.5, 1e-7 * rng.standard_normal(5)
    fine, least = (2.0**-38, 4e-15) if dtype == "float64" else (2.0**-14, 1e-9)
    near = [(w, b), (w * (1 + fine), b), (w, b), (w, b * (1 + fine)), (w, b + fine / 4), (w * (1 - fine), b)]
    far = [(tiny, 0.0), (tiny + least, 0.0), (tiny, 1e-9), (tiny - least, 0.0), (tiny, 0.0)]
    return Scene(
        [one.problem, large],
        [*(Call(0, point(one.problem, *each)) for each in near), *(Call(1, point(large, *each)) for each in far)],
    )


def one_weight_at_a_time(dtype: Dtype) -> Scene:
    """Return a scene of 130 points, each of which changes a different one of 130 weights."""
    one = case(7, 130, dtype)
    changed = [np.where(np.arange(130) == k, one.w + 1, one.w) for k in range(130)]
    return Scene([one.problem], [Call(0, point(one.problem, w, float(one.b))) for w in changed])


def problems(dtype: Dtype) -> Scene:
    """Return a scene of problems that differ in one entry of X or in one label, called alternately."""
    one = case(41, 19, dtype)
    others = [one.problem]
    for j, i in ((0, 0), (3, 7), (18, 40), (9, 20), (0, 19), (0, 40), (18, 0), (7, 33), (14, 2), (5, 5)):
        X = one.problem.X.copy()
        X[j, i] = 5
        others.append(replace(one.problem, X=X))
    for i in (0, 17, 40):
        Y = one.problem.Y.copy()
        Y[0, i] = 1 - Y[0, i]
        others.append(replace(one.problem, Y=Y))
    at = Point(one.w, one.b)
    return Scene(others, [Call(k, at, in_place=False) for _ in range(2) for k in range(len(others))])
