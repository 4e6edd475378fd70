"""A descent among the examples, by their products with each other, where features outnumber them."""

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
    m, rate, w = len(y), w.dtype.type(alpha), w.copy()
    products = X.T @ X if len(w) > m else None
    z, shifts = w @ X, np.zeros_like(y)
    for _ in range(steps):
        e = np.exp(-np.abs(z + b))
        dz = np.where(z + b >= 0, 1, e) / (1 + e) - y
        shift = rate * dz / m
        if products is not None:
            shifts += shift
            z = z - products @ shift
        else:
            w -= X @ shift
            z = w @ X
        b = b - np.sum(shift)
    return w - X @ shifts, b


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient, descend=descend)
