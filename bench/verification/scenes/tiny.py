"""Scenes of many tiny problems: features of every magnitude, particular values, and points that cheap keys confuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradrace.bench.problems import pixels
from gradrace.bench.results import Dtype
from gradrace.bench.verification.hard_problems import case
from gradrace.bench.verification.scenes.scene import Call, Descent, Scene, point, problem_of
from gradrace.bench.verification.scenes.sweeps import few_lit, small_z

MARKS = (-9999.0, -999.0, 999.0, 9999.0, -1.0, 65_535.0, -32_768.0, 1e20, 9.96921e36)
"""Numbers that files use for a missing value; here they are values like any others."""


def exponents(dtype: Dtype) -> Scene:
    """Return a scene of single examples whose feature has every magnitude, at points where z is ordinary or huge.

    At some of them b is huge too, and nearly cancels w·x.
    """
    powers = [*range(-1060, 960, 60), -1014] if dtype == "float64" else [*range(-145, 124, 9)]
    huge = [2.0**40, -(2.0**70), 2.0**100] + ([2.0**520, -(2.0**900)] if dtype == "float64" else [-(2.0**120)])
    problems, calls = [], []
    for number, power in enumerate(powers):
        x, sign = float(np.dtype(dtype).type(1.375 * 2.0**power)), (-1) ** number
        problems.append(problem_of([[x]], [number // 2 % 2], dtype))
        for z, bs in ((1.25, [0.5]), (-2.5, [0.5]), *((sign * z, [0.5, -0.875 * sign * z]) for z in huge)):
            with np.errstate(over="ignore"):
                w = float(np.dtype(dtype).type(z / x))
            if np.isfinite(w) and w != 0 and abs(z) < 2.0**1000 / max(1.0, x):  # or the bound of dw overflows
                calls += [Call(number, point(problems[-1], [w], b)) for b in bs]
    return Scene(problems, calls, late=True)


def particular_values(dtype: Dtype) -> Scene:
    """Return a scene of features, weights and labels of particular values.

    These are whole numbers whose products exceed 31 and 63 bits, weights of −1, 0 and 1, marks of missing values,
    negative zeros, and features that are whole or constant but for an entry or two.
    """
    rng = np.random.default_rng(0)
    large = problem_of([[2.0**40, 3, 5], [5, 2.0**33, -(2.0**20)]], [0, 1, 0], dtype)
    signs = problem_of([[1, 2], [2, 3], [4, 5]], [0, 1], dtype)
    marks = problem_of(np.diag(MARKS), np.arange(len(MARKS)) % 2, dtype)
    zeros = problem_of([[-0.0, 1.0], [2.0, -0.0]], [-0.0, 1.0], dtype)
    fine = 1e-7 if dtype == "float64" else 1e-6
    nearly = problem_of(np.where(np.arange(1000) == 700, 1 + fine, 1.0)[np.newaxis], np.arange(1000) == 700, dtype)
    halves = [np.where(np.arange(130) < 65, *pair) for pair in ((1.0, 0.1), (0.1, 1.0))]
    partly = [problem_of([half], np.arange(130) % 3 == 0, dtype) for half in halves]
    mixed = problem_of(np.vstack([rng.integers(-3, 4, 60), rng.standard_normal(60)]), rng.integers(0, 2, 60), dtype)
    at = [
        *((0, w, 0.5) for w in ([2.0**30, -(2.0**20)], [3, -2], [-1, 1])),
        *((1, w, 0.0) for w in ([1, 0, -1], [1, -1, 1], [0, 0, 1], [-1, -1, -1], [1, 1, 1], [0, 0, 0])),
        (2, 1.5 / np.array(MARKS), 0.25),
        (2, -1e-4 * np.sign(MARKS), 0.25),
        *((3, w, b) for w in ([-0.0, 1.0], [1.0, -0.0], [-0.0, -0.0]) for b in (-0.0, 0.5)),
        *((4, [w], 0.0) for w in (3.0, -3.0, 0.0)),
        *((5 + k, [1.7], 0.3) for k in (0, 1)),
        (7, [1, -1], 0.0),
    ]
    problems = [large, signs, marks, zeros, nearly, *partly, mixed]
    return Scene(problems, [Call(k, point(problems[k], w, b)) for k, w, b in at])


def confused_points(dtype: Dtype) -> Scene:
    """Return a scene of successive points that cheap keys of w and b confuse.

    These are −1 and −2, which Python hashes alike; bytes in another order, or changed by 1, −2, 1; and weights of which
    one is huge and then ordinary.
    """
    one, two = problem_of([[1.1], [0.3]], [1], dtype), problem_of([[1.0]], [0], dtype)
    pairs: list[tuple[tuple[float, float], float]]
    pairs = [((-1, 3), 0.0), ((-2, 3), 0.0), ((-1, 3), -1.0), ((-1, 3), -2.0), ((1e12, 1), 0.0), ((1, 1), 0.0)]
    pairs += [((1, 1e12), 0.0), ((1, 2), 0.0), ((2, 1), 0.0), ((1, -1e12), 0.5), ((1, 1), 0.5)]
    calls = [Call(0, point(one, *pair)) for pair in pairs]
    for w in (0.123456, -1.7, 0.3):
        first = np.array([w], dtype).view(np.uint8)
        changes = np.zeros(first.size, np.int8)
        changes[:3] = 1, -2, 1
        others = [first + np.roll(changes, shift).view(np.uint8) for shift in (0, 1)]
        swapped = np.concatenate([first[1::-1], first[2:]])
        calls += [Call(1, point(two, bits.view(dtype), 0)) for bits in (first, *others, swapped)]
    return Scene([one, two], calls)


def small_sizes(dtype: Dtype) -> Scene:
    """Return a scene with every number of examples up to 330."""
    problems = [few_lit(m, 2, dtype) for m in range(1, 331)]
    return Scene(problems, [Call(k, small_z(one)) for k, one in enumerate(problems)], late=True)


def pairs_of_sizes(dtype: Dtype) -> Scene:
    """Return a scene with 200 numbers of examples, and of features, up to 300."""
    problems = [few_lit(1 + 7 * k % 300, 1 + 97 * k % 300, dtype) for k in range(200)]
    return Scene(problems, [Call(k, small_z(one)) for k, one in enumerate(problems)], late=True)


def confident(dtype: Dtype) -> Scene:
    """Return a scene of many equal examples with the label 1 and a probability near 1.

    A difference of two sums cancels there: Σa − Σy, Xa − Xy, and softplus(z) − z·y.
    """
    m = 100_000
    zero = problem_of(np.zeros((1, m)), np.ones(m), dtype)
    bright = replace(pixels(2, 2, dtype).problem, X=np.full((1, 10_000), 77, np.uint8), Y=np.ones((1, 10_000), dtype))
    far = 1_234_567.891
    opposite = problem_of(np.vstack([np.full(m, far), 1e-3 * (1 + np.arange(m) % 7) - far]), np.ones(m), dtype)
    problems = [zero, bright, opposite]
    at = [*((0, [1.0], b) for b in (5, 8, 10, 12)), *((1, [0.1], b) for b in (7, 9)), (2, [1.0, 1.0], 0.0)]
    return Scene(problems, [Call(k, point(problems[k], w, b)) for k, w, b in at])


def prepared_again(dtype: Dtype) -> Scene:
    """Return a scene of problems that are prepared twice in a row, and both used."""
    each = [case(13, 5, dtype).problem, pixels(13, 5, dtype).problem]
    problems = [problem for problem in each for _ in range(2)]
    return Scene(problems, [Call(k, small_z(problems[k])) for k in (0, 1, 2, 3, 1, 0, 3, 2)])


def dropped(dtype: Dtype) -> Scene:
    """Return a scene of problems whose X, Y and prepared data are let go as soon as they are no longer needed."""
    problems = [case(29, 11, dtype, seed=seed).problem for seed in range(4)] + [pixels(29, 11, dtype).problem] * 2
    problems += [case(31, 11, dtype, order="F", seed=seed).problem for seed in range(3)]
    calls = [Call(k, point(one, small_z(one).w * s, s)) for k, one in enumerate(problems) for s in (1.0, -0.5)]
    return Scene(problems, calls, late=True, dropped=True)


def many_ends(dtype: Dtype) -> Scene:
    """Return a scene with more descents than a ring of buffers holds, from three starts."""
    problem = problem_of([[1.0, -0.5], [0.25, 2.0]], [1, 0], dtype)
    starts = [point(problem, w, b) for w, b in (([0, 0], 0.0), ([1, -1], 0.5), ([0.5, 2], -1.0))]
    return Scene([problem], descents=[Descent(0, starts[k % 3], 0.1, 1) for k in range(300)])


def large_costs(dtype: Dtype) -> Scene:
    """Return a scene of descents with features and gradients of 10⁻¹⁵ to 10²⁰, and costs as large."""
    scales = (1e20, 1e10, 1e-10, 1e-15) if dtype == "float64" else (1e12, 1e8, 1e-8)
    problems = [problem_of([[scale, 2 * scale]], [0, 1], dtype) for scale in scales]
    alone = [problem_of([[scale]], [0], dtype) for scale in scales]
    each = []
    for k, scale in enumerate(scales):
        each.append(Descent(k, point(problems[k], [1 / scale], 0), 0.01 / scale**2, 3))
        each.append(Descent(len(scales) + k, point(alone[k], [1.0], 0), 0.1 / scale, 3))
    return Scene([*problems, *alone], descents=each)
