"""Scenes of descents: lengths, learning rates, starts, rising costs, and stationary costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from gradrace.bench.problems import pixels
from gradrace.bench.results import Dtype
from gradrace.bench.verification.hard_problems import case
from gradrace.bench.verification.reference import Point
from gradrace.bench.verification.scenes.scene import Call, Descent, Long, Scene, point, problem_of
from gradrace.impls.interface import Problem


def descents(m: int, n_x: int, dtype: Dtype) -> Scene:
    """Return a scene of descents of many lengths, from several starts, on two problems.

    Their learning rates aren't powers of two.
    """
    one = case(m, n_x, dtype, largest_z=2.0)
    other = replace(one.problem, Y=1 - one.problem.Y)
    starts = [Point(one.w, one.b), Point(-one.w, one.b + one.b.dtype.type(1))]
    largest = float(np.linalg.norm(one.problem.X, 2)) ** 2 / m + 1
    alphas = [0.3 / largest, 1.7 / largest]
    each = [Descent(k, starts[k], a, n, n % 4) for n in (0, 1, 2, 3, 5, 8) for a in alphas for k in (0, 1)]
    each += [Descent(0, starts[0], alphas[0], n) for n in (4, 7, 9, 13, 21, 50)]
    long = [
        Descent(0, starts[0], 1e-9, 40),
        Descent(0, starts[0], alphas[0], 123),
        Descent(1, starts[1], alphas[1], 50),
    ]
    return Scene([one.problem, other], descents=[*each, *long])


def plain_problem(dtype: Dtype, scale: float = 1.0) -> Problem:
    """Return a small problem whose features are of the order of `scale`."""
    rng = np.random.default_rng(5)
    return problem_of(scale * rng.standard_normal((3, 40)), rng.integers(0, 2, 40), dtype)


def many_steps(dtype: Dtype) -> Scene:
    """Return a scene of descents of more steps than a byte can number, and of every length up to 20.

    A long descent is also made in parts.
    """
    problem = plain_problem(dtype)
    start = point(problem, np.zeros(3), 0)
    short = [Descent(0, start, 0.1, count) for count in range(1, 21)]
    some = [Descent(0, start, 2.0**-6, count) for count in (256, 300)]  # the oracle takes 0.3 ms a step
    away = point(problem, [2, -4, 1], 0)
    return Scene([problem], descents=[*short, *some], long=[Long(0, away, 2.0**-12, 100, 210)])


def starts(dtype: Dtype) -> Scene:
    """Return a scene of descents from various starts.

    These are: w = 0 with b ≠ 0, tiny and large w, the same start several times, and rare labels.
    """
    small, plain, least = plain_problem(dtype, 1e-5), plain_problem(dtype), plain_problem(dtype, 1e-8)
    unit = np.array([1.0, -2.0, 0.5])
    begin, origin = point(plain, 0.3 * unit, 0.2), point(plain, 0 * unit, 0)
    seldom = (np.arange(40) == 7)[np.newaxis]
    rare = [replace(plain, Y=Y.astype(dtype)) for Y in (seldom, ~seldom)]
    return Scene(
        [plain, small, least, *rare],
        descents=[
            Descent(0, point(plain, 0 * unit, 0.7), 0.25, 2),
            Descent(0, point(plain, 1e-9 * unit, 0), 2.0**-40, 3),
            Descent(0, point(plain, unit, 0), 0.25, 2),
            Descent(1, point(small, 3e4 * unit, 0.1), 0.5, 3),
            Descent(2, point(least, 1e7 * unit, 3), 0.5, 5),
            Descent(0, point(plain, unit, 0.5), 1e-13, 50),
            Descent(0, begin, 0.0, 3),
            *[Descent(0, begin, 2.0**-30, 5)] * 2,
            *[Descent(0, origin, 2.0**-22, 5)] * 3,
            *(Descent(3 + k, point(rare[0], 0 * unit, 0), 0.1, 3) for k in (0, 1)),
        ],
    )


def learning_rates(dtype: Dtype) -> Scene:
    """Return a scene of descents with very small and very large learning rates, on features of each size.

    X is of the order of `scale`: alpha is far below 1 / scale², where errors don't grow, or somewhat above. Some costs
    rise, and some are large.
    """
    each: list[tuple[float, Any, float, int]] = [
        (1.0, [0, 0, 0], 2.0**-22, 7),
        (1.0, [0, 0, 0], 2.0**-44, 60),
        (1.0, [0, 0, 0], 2.0**-60, 5),
        (1.0, [1, 1, 1], 12.0, 3),  # the cost rises
        (50.0, [0.1, 0.2, -0.1], 2.0**-10, 3),
        (50.0, [1, -1, 1], 2.0**-12, 4),  # the cost is large
        (1e4, [1, -1, 1], 2.0**-30, 3),
        (1e5, [1e-5, 1e-5, 0], 2.0**-40, 3),
        (1e8, [1e-8, 0, 1e-8], 2.0**-60, 3),
        (1e-3, [1, 2, 3], 4096.0, 5),
    ]
    problems = [plain_problem(dtype, scale) for scale, *_ in each]
    return Scene(
        problems,
        descents=[
            Descent(number, point(problems[number], w, 0), alpha, count)
            for number, (_, w, alpha, count) in enumerate(each)
        ],
    )


def at_rest(dtype: Dtype) -> Scene:
    """Return a scene of descents from a start that is nearly right.

    dz is small, and alpha large enough for each step to change w.
    """
    one, two = problem_of([[1.0]], [1], dtype), problem_of([[1.0, -1.0]], [1, 0], dtype)
    cases = [(0, 12.0, 1.0, 40), (0, 12.0, 2.0**14, 5), (0, 19.0, 2.0**10, 20), (0, 24.0, 2.0**24, 5), (1, 5.0, 1.0, 5)]
    cases += [(0, 30.0, 2.0**36, 5), (1, 0.0, 1.0, 5)]
    return Scene([one, two], descents=[Descent(k, point(one, [w], 0), alpha, count) for k, w, alpha, count in cases])


def rate(problem: Problem) -> float:
    """Return a learning rate with which the cost falls."""
    X = problem.X.astype(np.float64) * problem.scale
    return 0.3 / (float(np.linalg.norm(X, 2)) ** 2 / problem.m + 1)


def layouts(dtype: Dtype) -> Scene:
    """Return a scene of short descents on pixels, in several memory orders, and with many examples or features."""
    images = pixels(37, 11, dtype)
    cases = [
        images,
        replace(images, problem=replace(images.problem, X=np.asfortranarray(images.problem.X))),
        *(case(37, 11, dtype, order=order, largest_z=2.0, read_only=True) for order in ("F", "strided")),
        *(case(m, n_x, dtype, largest_z=2.0) for m, n_x in ((1100, 3), (300, 3), (7, 300))),
    ]
    each = [(k, Point(one.w, one.b), rate(one.problem)) for k, one in enumerate(cases)]
    return Scene([one.problem for one in cases], descents=[Descent(*one, count) for one in each for count in (1, 2, 5)])


def with_calls(dtype: Dtype) -> Scene:
    """Return a scene of gradients and descents on the same prepared data.

    Some descents differ in w, in b, or in Y alone.
    """
    one = case(37, 11, dtype, largest_z=2.0)
    other = replace(one.problem, Y=1 - one.problem.Y)
    here, there = Point(one.w, one.b), Point(-one.w, one.b + one.b.dtype.type(1))
    starts = [here, Point(one.w, there.b), Point(there.w, one.b)]
    return Scene(
        [one.problem, other],
        [Call(k, at) for k in (0, 1) for at in (here, there)],
        descents=[Descent(k, start, rate(one.problem), 5) for start in starts for k in (0, 1)],
    )
