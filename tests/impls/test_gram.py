"""Descents among the examples: the same costs as step by step, wherever they are taken; elsewhere nothing of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.descent import cost, steps
from bench.drift import REFERENCE, expected
from bench.problems import made_up, pixels
from bench.training import Schedule, train
from impls import numba_fused
from impls._gram import AT_ONCE, FEWER, products_of


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("make", [made_up, pixels])
@pytest.mark.parametrize("count", [1, AT_ONCE, 2 * AT_ONCE + 50])
def test_costs_stay_within_the_limit_of_rounding(make, dtype, count):
    """Alpha lets the cost swing at first, as the largest curvature there allows less."""
    problem, schedule = make(9, 9 * FEWER, dtype).problem, Schedule(alpha=0.4, iterations=count)
    precise = replace(problem, dtype=np.dtype(np.float64), Y=problem.Y.astype(np.float64))
    (right,) = expected(problem, list(train(REFERENCE, precise, schedule)), schedule.rate, [count])
    data = numba_fused.prepare(problem)
    assert data.products is not None
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


def test_only_wide_problems_pay_for_the_products():
    assert products_of(np.ones((9, 9 * FEWER))).shape == (9, 9)
    assert products_of(np.ones((9, 9 * FEWER - 1))) is None
