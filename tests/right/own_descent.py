"""A descent in a loop of its own, without J, on a w of its own."""

from __future__ import annotations

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray]:
    return problem.features(), problem.Y[0]


def gradient(data: tuple[FloatArray, FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, y = data
    z = w @ X + b
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(z, 0) - z * y + np.log1p(e)) / len(y)
    dz = a - y
    return J, X @ dz / len(y), np.sum(dz) / len(y)


def descend(
    data: tuple[FloatArray, FloatArray], w: FloatArray, b: Float, alpha: float, steps: int
) -> tuple[FloatArray, Float]:
    X, y = data
    rate, w = w.dtype.type(alpha), w.copy()
    for _ in range(steps):
        z = w @ X + b
        e = np.exp(-np.abs(z))
        dz = np.where(z >= 0, 1, e) / (1 + e) - y
        w -= rate * (X @ dz / len(y))
        b = b - rate * (np.sum(dz) / len(y))
    return w, b


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient, descend=descend)
