"""The largest safe learning rate, against the Hessian itself."""

from __future__ import annotations

import numpy as np
import pytest

from gradrace.bench.problems import made_up, pixels
from gradrace.bench.training.curvature import Curvature, iterations
from gradrace.impls.interface import Problem


def by_hand(problem: Problem) -> float:
    X = np.vstack([problem.features().astype(float), np.ones(problem.m)])
    return float(2 / np.linalg.eigvalsh(X @ X.T / (4 * problem.m)).max())


@pytest.mark.parametrize(("m", "n_x"), [(1, 1), (50, 1), (3, 2), (40, 7), (9, 60)])
def test_it_is_two_over_the_largest_curvature(m, n_x):
    for problem in (made_up(m, n_x).problem, made_up(m, n_x, "float32").problem, pixels(m, n_x).problem):
        assert Curvature(problem).largest_alpha() == pytest.approx(by_hand(problem), rel=1e-5)


def test_below_it_the_cost_falls_and_above_it_it_may_rise():
    """Two examples in the same place, one of each class: J is flat there only at zero, with the bound's curvature."""
    X, Y = np.array([[3.0, 3.0]]), np.array([[1.0, 0.0]])

    def cost(w: float) -> float:
        return float(np.mean(np.logaddexp(0, np.where(Y[0] == 1, -w, w) * X[0])))

    near = 1e-3
    slope = (cost(near + 1e-6) - cost(near - 1e-6)) / 2e-6
    allowed = (
        Curvature(Problem(X, Y, X.dtype)).largest_alpha() * (9 + 1) / 9
    )  # without b, whose curvature it counts as well
    assert cost(near - 0.95 * allowed * slope) < cost(near) < cost(near - 1.05 * allowed * slope)


def halfway(problem: Problem, alpha: float) -> int:
    """Return after how many steps of a real descent the cost has fallen by half of what it can fall."""
    X = np.vstack([problem.features().astype(float), np.ones(problem.m)])
    signs, theta = 2 * problem.Y[0] - 1, np.zeros(len(X))
    costs = []
    for _ in range(20_000):
        z = theta @ X
        costs.append(float(np.mean(np.logaddexp(0, -signs * z))))
        theta -= alpha * X @ (1 / (1 + np.exp(-z)) - problem.Y[0]) / problem.m
    return int(np.argmax(np.array(costs) <= (costs[0] + costs[-1]) / 2))


@pytest.mark.parametrize("spread", [1.0, 0.3, 0.05])
def test_the_number_of_iterations_is_about_that_of_the_descent(spread):
    """The slope lies along both features; one of them is so small that a descent takes long along it."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2, 400)) * [[0.05], [spread]]
    noisy = (X[0] / 0.05 + X[1] / spread + 0.5 * rng.normal(size=400) > 0).astype(float)
    problem = Problem(X, noisy[np.newaxis], np.dtype(np.float64))
    curvature = Curvature(problem)
    alpha, falls = 0.9 * curvature.largest_alpha(), curvature.falls()
    assert iterations(falls, alpha, falls[1].sum()) == pytest.approx(halfway(problem, alpha), rel=0.3)


def test_features_that_train_slowly_are_told_with_a_large_number():
    rng = np.random.default_rng(0)
    X = np.vstack([1e4 + rng.normal(size=(1, 300)), rng.normal(size=(1, 300))])
    problem = Problem(X, (X[:1] > 1e4).astype(float), np.dtype(np.float64))
    plain, scaled = Curvature(problem), Curvature(problem, X.mean(1), X.std(1))
    whole = scaled.falls()[1].sum()
    assert iterations(plain.falls(), 0.9 * plain.largest_alpha(), whole) > 1e6
    assert iterations(scaled.falls(), 0.9 * scaled.largest_alpha(), whole) < 20
