"""A descent whose learning rate goes into dz, with the bias folded in."""

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
    X, y = np.vstack([data[0], np.ones_like(data[0][:1])]), data[1]
    weights, share = np.append(w, b), w.dtype.type(alpha / len(y))
    for _ in range(steps):
        z = weights @ X
        e = np.exp(-np.abs(z))
        weights = weights - X @ (share * (np.where(z >= 0, 1, e) / (1 + e) - y))
    return weights[:-1], weights[-1]


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient, descend=descend)
