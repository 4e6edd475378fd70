"""The largest safe learning rate, against the Hessian itself."""

from __future__ import annotations

import numpy as np
import pytest

from gradrace.bench.problems import made_up, pixels
from gradrace.bench.training.curvature import largest_alpha
from gradrace.impls.interface import Problem


def by_hand(problem: Problem) -> float:
    X = np.vstack([problem.features().astype(float), np.ones(problem.m)])
    return float(2 / np.linalg.eigvalsh(X @ X.T / (4 * problem.m)).max())


@pytest.mark.parametrize(("m", "n_x"), [(1, 1), (50, 1), (3, 2), (40, 7), (9, 60)])
def test_it_is_two_over_the_largest_curvature(m, n_x):
    for problem in (made_up(m, n_x).problem, made_up(m, n_x, "float32").problem, pixels(m, n_x).problem):
        assert largest_alpha(problem) == pytest.approx(by_hand(problem), rel=1e-5)


def test_below_it_the_cost_falls_and_above_it_it_may_rise():
    """Two examples in the same place, one of each class: J is flat there only at zero, with the bound's curvature."""
    X, Y = np.array([[3.0, 3.0]]), np.array([[1.0, 0.0]])

    def cost(w: float) -> float:
        return float(np.mean(np.logaddexp(0, np.where(Y[0] == 1, -w, w) * X[0])))

    near = 1e-3
    slope = (cost(near + 1e-6) - cost(near - 1e-6)) / 2e-6
    allowed = largest_alpha(Problem(X, Y, X.dtype)) * (9 + 1) / 9  # without b, whose curvature it counts as well
    assert cost(near - 0.95 * allowed * slope) < cost(near) < cost(near - 1.05 * allowed * slope)
