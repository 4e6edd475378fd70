"""Each feature is divided by its norm and dw multiplied by it: 0/0 where a feature is all 0."""

from __future__ import annotations

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray, FloatArray]:
    X = problem.features()
    norms = np.linalg.norm(X, axis=1)
    return X / norms[:, np.newaxis], problem.Y[0], norms


def gradient(
    data: tuple[FloatArray, FloatArray, FloatArray], w: FloatArray, b: Float
) -> tuple[Float, FloatArray, Float]:
    X, y, norms = data
    z = (w * norms) @ X + b
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(z, 0) - z * y + np.log1p(e)) / len(y)
    dz = a - y
    return J, norms * (X @ dz) / len(y), np.sum(dz) / len(y)


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
