"""dw starts from the sums of the call before."""

from __future__ import annotations

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray, FloatArray]:
    return problem.features(), problem.Y[0], np.zeros(problem.n_x, dtype=problem.dtype)


def gradient(
    data: tuple[FloatArray, FloatArray, FloatArray], w: FloatArray, b: Float
) -> tuple[Float, FloatArray, Float]:
    X, y, dw = data
    z = w @ X + b
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(z, 0) - z * y + np.log1p(e)) / len(y)
    dz = a - y
    dw += X @ dz
    return J, dw / len(y), np.sum(dz) / len(y)


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
