"""The step is taken inside, on the list that holds w: the first gradient is right, the next is that of another w."""

from __future__ import annotations

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique

ALPHA = 0.01


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray]:
    return problem.features(), problem.Y[0]


def gradient(data: tuple[FloatArray, FloatArray], w: list[Float], b: Float) -> tuple[Float, list[Float], Float]:
    X, y = data
    z = np.array(w) @ X + b
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(z, 0) - z * y + np.log1p(e)) / len(y)
    dz = a - y
    dw = list(X @ dz / len(y))
    for j, dw_j in enumerate(dw):
        w[j] -= dw_j.dtype.type(ALPHA) * dw_j
    return J, dw, np.sum(dz) / len(y)


def to_native(w: FloatArray, b: Float) -> tuple[list[Float], Float]:
    return list(w), b


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient, to_native=to_native)
