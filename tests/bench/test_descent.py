"""Gradient descent: the update, and the same costs from every implementation."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from bench.descent import WrongGradient, accuracy_percent, descend
from impls.discovery import Source, Unavailable, load, sources
from impls.interface import Implementation, Problem
from tests.bench.implementations import write

VECTORIZED = load(next(source for source in sources() if source.name == "numpy_vectorized"))


def separable(m: int = 40, n_x: int = 3) -> Problem:
    """Examples that a line through the origin tells apart."""
    rng = np.random.default_rng(3)
    X = rng.standard_normal((n_x, m))
    return Problem(X, (X[0] - X[1] > 0).astype(float)[np.newaxis], X.dtype)


def test_the_first_step_is_the_slides_update() -> None:
    """At zeros, a = ½ for every example: dz = ±½, and with these numbers nothing has to be rounded but log 2."""
    X, Y = np.array([[1, -3, 4, 0], [2, 0.5, -1, 8]]), np.array([[1.0, 0, 1, 1]])
    (step,) = descend(VECTORIZED, Problem(X, Y, X.dtype), alpha=0.5, iterations=1)
    assert abs(step.J - np.log(2)) <= np.spacing(np.log(2))  # log1p(1) and log(2) may be rounded apart
    assert step.w.tolist() == [0.5 * 1, 0.5 * 1.0625]
    assert step.b == 0.5 * 0.25


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


def test_a_wrong_implementation_does_not_train(tmp_path: Path) -> None:
    wrong = load(write(tmp_path, "column", gradient="dw = dw[:, np.newaxis]"))
    with pytest.raises(WrongGradient, match=r"dw has shape \(3, 1\)"):
        next(descend(wrong, separable(), alpha=0.1, iterations=5))
