"""Gradient descent with any implementation: w := w − α dw, b := b − α db, from zeros, all examples in every step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from impls.interface import Float, FloatArray, Implementation, Problem


class Step(NamedTuple):
    """One step of the descent: the cost J where it began, and w (n_x,) and b where it ended."""

    iteration: int
    J: float
    w: FloatArray
    b: Float


def descend(
    implementation: Implementation[Any, Any, Any], problem: Problem, alpha: float, iterations: int
) -> Iterator[Step]:
    """The descent step by step, iteration 0 being the one that begins at zeros."""
    number = problem.dtype.type
    w, b = np.zeros(problem.n_x, dtype=problem.dtype), number(0)
    data = implementation.prepare(problem)
    for iteration in range(iterations):
        gradient = implementation.read(*implementation.gradient(data, *implementation.native(w, b)))
        w, b = w - number(alpha) * gradient.dw, b - number(alpha) * number(gradient.db)
        yield Step(iteration, gradient.J, w, b)


def accuracy_percent(problem: Problem, w: FloatArray, b: Float) -> float:
    """How many examples of a hundred are predicted right: 1 where a > ½, that is z > 0."""
    predicted = w @ problem.features() + b > 0
    return 100 * float(np.mean(predicted == (problem.Y[0] == 1)))
