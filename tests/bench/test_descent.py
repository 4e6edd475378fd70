"""Gradient descent: the update, and the same costs from every implementation."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from bench.descent import accuracy_percent, descend
from impls.discovery import Source, Unavailable, load, sources
from impls.interface import Implementation, Problem

VECTORIZED = load(next(source for source in sources() if source.name == "numpy_vectorized"))


def separable(m: int = 40, n_x: int = 3) -> Problem:
    """Examples that a line through the origin tells apart."""
    rng = np.random.default_rng(3)
    X = rng.standard_normal((n_x, m))
    return Problem(X, (X[0] - X[1] > 0).astype(float)[np.newaxis], X.dtype)


def test_the_first_step_is_the_slides_update() -> None:
    problem = separable()
    (step,) = descend(VECTORIZED, problem, alpha=0.5, iterations=1)
    dz = 0.5 - problem.Y[0]  # at zeros, a = ½ for every example
    assert step.J == pytest.approx(np.log(2))
    np.testing.assert_allclose(step.w, -0.5 * problem.X @ dz / problem.m)
    assert step.b == pytest.approx(-0.5 * dz.mean())


def test_the_cost_falls_and_the_examples_are_told_apart() -> None:
    problem = separable()
    steps = list(descend(VECTORIZED, problem, alpha=1.0, iterations=300))
    costs = [step.J for step in steps]
    assert all(later < earlier for earlier, later in pairwise(costs))
    assert [step.iteration for step in steps] == list(range(300))
    assert accuracy_percent(problem, steps[-1].w, steps[-1].b) >= 97.5


def test_accuracy_counts_right_predictions() -> None:
    problem = Problem(np.array([[1.0, 2.0, -1.0, -2.0]]), np.array([[1.0, 0.0, 0.0, 0.0]]), np.dtype(float))
    assert accuracy_percent(problem, np.array([1.0]), np.float64(0)) == 75


def costs(implementation: Implementation) -> list[str]:
    return [f"{step.J:.6f}" for step in descend(implementation, separable(m=17), alpha=0.3, iterations=25)]


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_every_implementation_prints_the_same_costs(source: Source) -> None:
    try:
        implementation = load(source)
    except Unavailable as reason:
        pytest.skip(str(reason))
    assert costs(implementation) == costs(VECTORIZED)
