"""Scenes of all sizes around powers of two and of ten, in several memory orders, of floats and of pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import product

import numpy as np

from gradrace.bench.results import Dtype
from gradrace.bench.verification.hard_problems import Order, case, laid_out
from gradrace.bench.verification.judge import another_point
from gradrace.bench.verification.reference import Point
from gradrace.bench.verification.scenes.descents import rate
from gradrace.bench.verification.scenes.scene import Call, Descent, Scene, point, problem_of
from gradrace.impls.interface import Problem

ROUND = [*(2**k for k in range(1, 13)), 10, 100, 500, 1000, 2000]
SIZES = sorted({size + d for size in ROUND for d in (0, 1)})
"""Whole blocks of usual lengths, and one more: a remainder of one."""

ORDERS: tuple[Order, ...] = ("C", "F", "strided")


def few_lit(m: int, n_x: int, dtype: Dtype, order: Order = "C", *, pixels: bool = False, seed: int = 0) -> Problem:
    """Return a problem whose features are 0 except in a dozen examples, including the first and the last ones.

    The bound of dw grows with the number of nonzero entries, so that a missing example is detected at any m.
    """
    rng = np.random.default_rng([m, n_x, seed])
    lit = np.unique(np.concatenate([[0, m - 1, max(0, m - 2)], rng.integers(0, m, 9)]))
    X = np.zeros((n_x, m), np.uint8 if pixels else dtype)
    X[:, lit] = rng.integers(100, 256, (n_x, len(lit))) if pixels else rng.standard_normal((n_x, len(lit)))
    return problem_of(laid_out(X, order), rng.integers(0, 2, m), dtype, 1 / 255 if pixels else 1.0)


def small_z(problem: Problem) -> Point:
    """Return a point of unequal weights, with z of the order of 1."""
    w = np.random.default_rng(problem.n_x).standard_normal(problem.n_x)
    unit = np.sqrt(problem.n_x) * (255 * problem.scale if problem.X.dtype == np.uint8 else 1)
    return point(problem, w / unit, 0.5)


def called(problems: list[Problem]) -> Scene:
    """Return a scene with a call on each problem, and a second call with equal weights on wide ones.

    Each problem is prepared when it is first called.
    """
    calls = [Call(k, small_z(one)) for k, one in enumerate(problems)]
    calls += [Call(k, point(one, np.full(one.n_x, 1 / one.n_x), 0)) for k, one in enumerate(problems) if one.n_x > 300]
    return Scene(problems, calls, late=True)


def examples(dtype: Dtype, *, pixels: bool = False) -> Scene:
    """Return a scene with many numbers of examples, and 3 features."""
    sizes = {"C": SIZES, "F": SIZES[1::2], "strided": SIZES[1::2]}
    return called([few_lit(m, 3, dtype, order, pixels=pixels) for order in ORDERS for m in (1, *sizes[order])])


def features(dtype: Dtype, *, pixels: bool = False) -> Scene:
    """Return a scene with many numbers of features, with 5 examples, and with one."""
    sizes = [*SIZES, 20_001]
    problems = [few_lit(5, n_x, dtype, order, pixels=pixels) for order in ORDERS[:2] for n_x in (1, *sizes)]
    problems += [few_lit(1, n_x, dtype, pixels=pixels) for n_x in (1, *sizes[::3])]
    problems.append(few_lit(5, 300, dtype, pixels=pixels))
    problems[-1].X[:-1] = 0
    return called(problems)


def both(dtype: Dtype) -> Scene:
    """Return a scene with numbers of examples and of features beyond usual blocks, and large ones."""
    sizes = [(613, 513), (521, 132), (300, 700), (1003, 301), (300_001, 2), (240_000, 9), (200_007, 2)]
    long = few_lit(70_001, 50, dtype)
    long.X[np.arange(70_001) % 50, np.arange(70_001)] = 0.25
    seldom = np.zeros(70_001)
    seldom[-1] = 1
    last = problem_of(seldom[np.newaxis], seldom, dtype)
    return called([*(few_lit(m, n_x, dtype) for m, n_x in sizes), few_lit(613, 513, dtype, "F"), long, last])


def views(dtype: Dtype) -> Scene:
    """Return a scene with X as part of a larger array, and with strided or reversed labels, of floats and of pixels."""
    problems = []
    orders: tuple[Order, ...] = ("F", "strided", "reversed", "padded rows", "padded columns")
    for order, pixels in product(orders, (False, True)):
        problems += [few_lit(13, 7, dtype, order, pixels=pixels, seed=seed) for seed in (0, 1)]
    for pixels in (False, True):
        one, other = (few_lit(13, 7, dtype, pixels=pixels, seed=seed) for seed in (0, 1))
        problems += [replace(each, Y=np.repeat(each.Y, 2, axis=1)[:, ::2]) for each in (one, other)]
        problems += [replace(each, Y=each.Y[:, ::-1].copy()[:, ::-1]) for each in (one, other)]
    return with_descents(problems)


def parts(dtype: Dtype) -> Scene:
    """Return a scene with X as a part of a larger array, at each multiple of 8 bytes, or repeating one row or column.

    In some problems all labels are one number in memory.
    """
    problems: list[Problem] = []
    for seed in (0, 1):
        one, base = few_lit(13, 7, dtype, seed=seed), np.random.default_rng(seed).standard_normal((9, 18)).astype(dtype)
        views = [base[2:, :], np.asfortranarray(base)[:, 5:]]
        views += [base.reshape(-1)[k : k + 84].reshape(6, 14) for k in range(1, 9)]  # each remainder of an address
        views += [np.broadcast_to(base[:, :1], (9, 18)), np.broadcast_to(base[:1], (9, 18))]
        problems += [problem_of(view, np.arange(view.shape[1]) % 2, dtype) for view in views]
        problems += [replace(one, Y=np.broadcast_to(np.asarray(label, dtype), (1, 13))) for label in (0, 1)]
    return called(problems)


def descents(dtype: Dtype) -> Scene:
    """Return a scene with descents at many sizes, of floats and of pixels.

    The sizes include whole blocks of examples and of features, and many of each.
    """
    sizes = [(29, 1), (29, 2), (29, 8), (64, 3), (65, 3), (257, 3), (2001, 3), (4099, 3), (5, 23), (5, 520)]
    makers = [partial(few_lit, m, n_x, dtype) for m, n_x in sizes]
    makers += [partial(few_lit, 5, 23, dtype, "F")]
    makers += [partial(few_lit, m, n_x, dtype, o, pixels=True) for m, n_x in ((13, 7), (5, 23)) for o in ORDERS[:2]]
    return with_descents([make(seed=seed) for make in makers for seed in (0, 1)])


def labels(dtype: Dtype) -> Scene:
    """Return a scene with few labels of 1, or of 0, and with weights of which only one or two aren't 0."""
    problems = []
    for m in (101, 1009):
        one = few_lit(m, 3, dtype)
        for count in (1, 2):
            Y = np.zeros((1, m), dtype)
            Y[0, [m // 3, m - 1][:count]] = 1
            problems += [replace(one, Y=Y), replace(one, Y=1 - Y)]
    calls = [Call(k, small_z(one)) for k, one in enumerate(problems)]
    dense = case(13, 31, dtype).problem
    weights = [np.where(np.arange(31) == k, 1.5, 0) for k in (0, 17, 30)]
    weights.append(weights[0] - weights[1])
    calls += [Call(len(problems), point(dense, w, b)) for w in weights for b in (0.5, -0.25)]
    return Scene([*problems, dense], calls)


def precisions(dtype: Dtype) -> Scene:
    """Return a scene of problems with the same numbers in both precisions, the other one first, called alternately."""
    other: Dtype = "float32" if dtype == "float64" else "float64"
    m = 1237 if dtype == "float64" else 1259  # no other scene has as many examples, so that no cache holds them yet
    problems = [case(m, 4, kind).problem for kind in (other, dtype, other, dtype)]
    return Scene(problems, [Call(k, small_z(problems[k]), in_place=False) for k in (0, 1, 2, 3, 1, 0)])


def numbers_of_problems(dtype: Dtype) -> Scene:
    """Return a scene with more problems of a size than a table of handles holds, the first again, and a wide one.

    The wide problem is called at many points.
    """
    problems = [case(5, 2, dtype, seed=seed).problem for seed in range(140)]
    wide = few_lit(1, 4100, dtype)
    at = [small_z(wide)] + [point(wide, small_z(wide).w * k, 0.1 * k) for k in range(2, 21)]
    calls = [Call(k, small_z(problems[k])) for k in (*range(140), 0, 1)]
    return Scene([*problems, wide], [*calls, *(Call(140, each) for each in at)])


def refilled(m: int, n_x: int, order: Order, dtype: Dtype) -> Scene:
    """Return a scene of successive problems in the same memory, in any memory order; with descents on the first two."""
    cases = [case(m, n_x, dtype, order=order, largest_z=2.0, seed=seed) for seed in range(3)]
    problems, starts = [one.problem for one in cases], [Point(one.w, one.b) for one in cases]
    return Scene(
        problems,
        [Call(k, at) for k, at in enumerate(starts)],
        descents=[Descent(k, starts[k], rate(problems[k]), 3) for k in (0, 1)],
        refilled=True,
    )


def with_descents(problems: Sequence[Problem]) -> Scene:
    """Return a scene of these problems: gradients at four points, descents from two, and the gradients again.

    Descents from the first point are made with two learning rates. Some are continued from their ends. Descents from
    the same start on problems of the same size follow each other.
    """
    here = [small_z(one) for one in problems]
    there = [Point(*another_point(*at)) for at in here]
    calls = [
        Call(k, Point(w.w, b.b)) for k, both in enumerate(zip(here, there, strict=True)) for w, b in product(both, both)
    ]
    starts = [*enumerate(here), *enumerate(there)]
    one_step = [Descent(k, at, rate(problems[k]), 1) for k, at in starts]
    several = [Descent(k, at, rate(problems[k]), 3, again=2) for k, at in starts]
    slower = [Descent(k, at, 0.3 * rate(problems[k]), 3) for k, at in enumerate(here)]
    return Scene(problems, [*calls, *calls], descents=[*several, *slower, *one_step])
