"""scikit-learn's own compiled loss and gradient, the one its LogisticRegression minimizes."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from sklearn._loss import HalfBinomialLoss
from sklearn.linear_model._linear_loss import LinearModelLoss

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """X (m, n_x), Y (m,), and the loss of a linear model with an intercept."""

    X: FloatArray
    Y: FloatArray
    loss: LinearModelLoss
    threads: int


def prepare(problem: Problem) -> Model:
    """As LogisticRegression(penalty=None).fit does before its first step, but with X's longer side contiguous.

    `fit` lays examples in rows; at (100,000, 100) columns take 10 instead of 18 ms in float64, 7 instead of 11 in
    float32.
    """
    X = np.asarray(problem.features().T, order="F" if problem.m >= problem.n_x else "C")
    loss = LinearModelLoss(base_loss=HalfBinomialLoss(), fit_intercept=True)
    loss.l2_penalty = _no_penalty
    threads = int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1))
    return Model(X, np.ascontiguousarray(problem.Y[0]), loss, threads)


def gradient(data: Model, w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    """J and the gradient with respect to (w, b), which scikit-learn keeps in one array."""
    coefficients = np.append(w, b)
    J, d = data.loss.loss_gradient(coefficients, data.X, data.Y, n_threads=data.threads)
    return J, d[:-1], d[-1]


def _no_penalty(*_: object) -> float:
    """Return 0, where scikit-learn takes 0 * |w|^2, which is NaN where the square overflows."""
    return 0.0


IMPLEMENTATION = Implementation(technique=Technique.LIBRARY, prepare=prepare, gradient=gradient)
