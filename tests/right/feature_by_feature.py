"""One feature at a time, on the way to z and on the way back."""

from __future__ import annotations

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray]:
    return problem.features(), problem.Y[0]


def gradient(data: tuple[FloatArray, FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, y = data
    z = np.full(len(y), b)
    for x, weight in zip(X, w, strict=True):
        z += weight * x
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(z, 0) - z * y + np.log1p(e)) / len(y)
    dz = a - y
    return J, np.array([x @ dz for x in X]) / len(y), np.sum(dz) / len(y)


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
