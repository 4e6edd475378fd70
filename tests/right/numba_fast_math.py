"""Machine code that may reorder, fuse and take reciprocals; NaN and infinity don't occur."""

from __future__ import annotations

import numpy as np
from numba import njit

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray]:
    return np.array(problem.features(), order="C"), problem.Y[0].copy()


def gradient(data: tuple[FloatArray, FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    return compiled(*data, w, b)


@njit(fastmath=True)
def compiled(X, y, w, b):  # type: ignore[no-untyped-def]
    n_x, m = X.shape
    J, db, dw = b * 0, b * 0, np.zeros_like(w)
    for i in range(m):
        z = b
        for j in range(n_x):
            z += w[j] * X[j, i]
        e = np.exp(-abs(z))
        J += max(z, b * 0) - z * y[i] + np.log1p(e)
        dz = (1 / (1 + e) if z >= 0 else e / (1 + e)) - y[i]
        db += dz
        for j in range(n_x):
            dw[j] += X[j, i] * dz
    for j in range(n_x):
        dw[j] /= m
    return J / m, dw, db / m


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
