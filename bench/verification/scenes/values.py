"""Scenes of particular values and sizes: equal entries, whole numbers, extremes, multiples of usual blocks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from gradrace.bench.problems import pixels
from gradrace.bench.results import Dtype
from gradrace.bench.verification.hard_problems import case
from gradrace.bench.verification.reference import Point
from gradrace.bench.verification.scenes.scene import Call, Scene, point, problem_of
from gradrace.impls.interface import Problem


def equal_entries(dtype: Dtype) -> Scene:
    """Return a scene of dense, equal features that fewer bits can't represent.

    Every rounding therefore goes the same way.
    """
    cases = [(1003, 5, 1 + 2.0**-11), (1003, 5, 1 / 3), (2100, 50, 1 / 3), (4099, 3, 1 + 2.0**-20)]
    problems = [problem_of(np.full((n_x, m), x), np.zeros(m), dtype) for m, n_x, x in cases]
    return Scene(problems, [Call(k, point(one, np.full(one.n_x, 1 / one.n_x), 0)) for k, one in enumerate(problems)])


def whole_numbers(dtype: Dtype) -> Scene:
    """Return a scene of features that are whole numbers: negative ones, and beyond 8, 16 and 32 bits."""
    rng = np.random.default_rng(1)
    problems = [
        problem_of(rng.integers(low, high, (4, 31)), rng.integers(0, 2, 31), dtype)
        for low, high in ((-3, 4), (0, 256), (-200, 300), (-40_000, 40_000), (0, 70_000), (-(2**33), 2**33))
    ]
    return Scene(
        problems,
        [Call(k, point(one, np.array([1, -2, 3, 1]) / np.abs(one.X).max(), 0.5)) for k, one in enumerate(problems)],
    )


def extremes(dtype: Dtype) -> Scene:
    """Return a scene of single examples with an extreme z, b or weight, and with |z| from 32 to 34 and 13 to 15."""
    each: list[tuple[list[float], float, list[float], float]] = [
        *(([1.0], y, [sign * z], 0.0) for z in (2.3e9, 3e9, 1e12, 1e19) for y in (0.0, 1.0) for sign in (1, -1)),
        ([3e31], 0.0, [9e-32], 0.0),
        ([3e31], 1.0, [9e-32], 0.5),
        ([1.0, 2.0], 0.0, [3e-7, -1e-7], 1.0),
        ([1.0, 2.0], 1.0, [3e-7, 3e-7], -3.0),
        *(([1.0], y, [1e-3], b) for y in (0.0, 1.0) for b in (3e5, -3e5)),
        *(([1.0], y, [sign * z], 0.0) for z in np.arange(32, 34.05, 0.1) for y, sign in ((0.0, -1), (1.0, 1))),
        *(([1.0], y, [sign * z], 0.0) for z in np.arange(13, 14.95, 0.1) for y, sign in ((0.0, -1), (1.0, 1))),
    ]
    problems: dict[Any, Problem] = {}
    for x, y, *_ in each:
        problems.setdefault((*x, y), problem_of(np.reshape(x, (-1, 1)), [y], dtype))
    numbers = {key: number for number, key in enumerate(problems)}
    calls = [Call(numbers[*x, y], point(problems[*x, y], w, b), in_place=False) for x, y, w, b in each]
    return Scene([*problems.values()], calls)


def fine_pixels(dtype: Dtype) -> Scene:
    """Return a scene of pixels with weights of many decades, with few nonzero ones, and with scales next to 1/255."""
    corners = replace(pixels(2, 2, dtype).problem, X=np.array([[255, 0], [0, 255]], np.uint8))
    some = pixels(31, 11, dtype).problem
    scaled = [replace(some, scale=scale) for scale in (1 / 255, 1.0005 / 255, 1.00001 / 255, (1 + 1e-6) / 255, 1 / 254)]
    w = np.linspace(-1, 1, 11)
    return Scene(
        [corners, *scaled],
        [
            *(Call(0, point(corners, each, 0)) for each in ((1e9, 1), (1, 1e9), (1e-9, 1), (1e5, -1e-5))),
            *(Call(1 + k, point(one, w, 0.1), in_place=False) for k, one in enumerate(scaled)),
        ],
    )


def blocks_of_features(dtype: Dtype) -> Scene:
    """Return a scene of an X that is diagonal only at its edges, and of blocks of examples.

    Each of the blocks has one feature.
    """
    square = problem_of([[1, 0, 0], [0, 2, 3], [0, 1, 1]], [1, 0, 1], dtype)
    m, n_x = 20_000, 20
    X = np.zeros((n_x, m))
    X[np.arange(m) * n_x // m, np.arange(m)] = np.random.default_rng(2).standard_normal(m)
    blocks = problem_of(X, np.arange(m) % 3 == 0, dtype)
    return Scene(
        [square, blocks],
        [
            Call(0, point(square, [0.5, -1, 2], 0.1)),
            *(Call(1, point(blocks, np.linspace(-1, 1, n_x) + k, 0.1)) for k in range(4)),
        ],
    )


def round_sizes(dtype: Dtype) -> Scene:
    """Return a scene of sizes that usual blocks divide: powers of two and of ten, and rows of images."""
    cases = [case(m, n_x, dtype) for m, n_x in ((65_536, 2), (20_000, 2), (3, 7840), (2, 7000), (3, 8192))]
    return Scene([one.problem for one in cases], [Call(k, Point(one.w, one.b)) for k, one in enumerate(cases)])
