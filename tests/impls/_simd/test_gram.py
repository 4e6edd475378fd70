"""Descents among the examples: the same costs as step by step, wherever they are taken; elsewhere nothing of it."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest

from gradrace.bench.problems import made_up, pixels
from gradrace.bench.stepping import cost, steps
from gradrace.bench.training.descent import Schedule, train
from gradrace.bench.training.drift import REFERENCE, expected, precise
from gradrace.impls import numba_fused
from gradrace.impls._simd import gram
from gradrace.impls._simd.gram import A_STEP_FOR, AT_ONCE, FEWER, pays


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("make", [made_up, pixels])
@pytest.mark.parametrize("count", [3, AT_ONCE, 2 * AT_ONCE + 50])
@pytest.mark.parametrize("n_x", [9 * FEWER, 9 * FEWER + 1], ids=["whole vectors", "padded"])
def test_costs_stay_within_the_limit_of_rounding(make, dtype, count, n_x):
    """Alpha lets the cost swing at first, as the largest curvature there allows less."""
    problem, schedule = make(9, n_x, dtype).problem, Schedule(alpha=0.4, iterations=count)
    (right,) = expected(problem, list(train(REFERENCE, precise(problem), schedule)), schedule.rate, [count])
    data = numba_fused.prepare(problem)
    assert pays(data.X, count)
    w, b = np.zeros(problem.n_x, problem.dtype), problem.dtype.type(0)
    w, b = steps(numba_fused.IMPLEMENTATION, data, w, b, 0.4, count)
    assert (w.dtype, b.dtype) == (problem.dtype, problem.dtype)
    assert abs(cost(numba_fused.IMPLEMENTATION, data, w, b) - right.J) <= right.limit


def test_large_sums_neither_overflow_nor_warn():
    problem = made_up(9, 9 * FEWER).problem
    data = numba_fused.prepare(problem)
    w, b = numba_fused.descend(data, np.full(problem.n_x, 1e3), np.float64(-1e4), 0.1, 3)
    assert np.isfinite(w).all()
    assert np.isfinite(b)


def test_only_many_steps_on_wide_problems_pay_for_the_products():
    wide = np.ones((8, 8 * FEWER))
    assert pays(wide, 8 // A_STEP_FOR)
    assert not pays(wide, 8 // A_STEP_FOR - 1)
    assert not pays(wide[:, 1:], 100)


@pytest.mark.parametrize("order", ["sorted labels", "near duplicates"])
def test_what_cancels_least_stays_within_the_limit_too(order):
    """Labels that come in runs, and images that hardly differ: the products of examples are large then, and alike."""
    problem = pixels(9, 9 * FEWER).problem
    X, Y = problem.X.copy(), np.sort(problem.Y)
    if order == "near duplicates":
        X[:] = X[:, :1]
        X[0] += np.arange(9, dtype=np.uint8)
    problem, schedule = replace(problem, X=X, Y=Y), Schedule(alpha=0.02, iterations=100)
    (right,) = expected(problem, list(train(REFERENCE, problem, schedule)), schedule.rate, [100])
    data = numba_fused.prepare(problem)
    w, b = numba_fused.descend(data, np.zeros(problem.n_x), np.float64(0), 0.02, 100)
    assert right.limit < 0.01 * right.J
    assert abs(cost(numba_fused.IMPLEMENTATION, data, w, b) - right.J) <= right.limit


def test_small_products_are_computed_by_one_thread(monkeypatch):
    X, found = np.arange(32.0).reshape(4, 8), []
    monkeypatch.setattr(gram, "threadpool_limits", lambda limit, _: found.append(limit) or nullcontext())
    for most in (4 * 4 * 8, 4 * 4 * 8 - 1):
        monkeypatch.setattr(gram, "BY_ONE_THREAD", most)
        np.testing.assert_array_equal(gram.products_of(X), X @ X.T)
    assert found == [1, None]
