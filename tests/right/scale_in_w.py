"""Pixels stay whole numbers: their scale goes into w on the way to z, and into dw at the end."""

from __future__ import annotations

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray, Float]:
    return problem.X.astype(problem.dtype), problem.Y[0], problem.dtype.type(problem.scale)


def gradient(data: tuple[FloatArray, FloatArray, Float], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, y, scale = data
    z = (scale * w) @ X + b
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(z, 0) - z * y + np.log1p(e)) / len(y)
    dz = a - y
    return J, scale * (X @ dz) / len(y), np.sum(dz) / len(y)


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
