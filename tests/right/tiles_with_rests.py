"""Tiles of 32 features by 128 examples, whatever is left over in either direction."""

from __future__ import annotations

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray]:
    return problem.features(), problem.Y[0]


def gradient(data: tuple[FloatArray, FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, y = data
    z = np.full(len(y), b)
    for i in range(0, len(y), 128):
        for j in range(0, len(w), 32):
            z[i : i + 128] += w[j : j + 32] @ X[j : j + 32, i : i + 128]
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(z, 0) - z * y + np.log1p(e)) / len(y)
    dz = a - y
    dw = np.zeros_like(w)
    for i in range(0, len(y), 128):
        for j in range(0, len(w), 32):
            dw[j : j + 32] += X[j : j + 32, i : i + 128] @ dz[i : i + 128]
    return J, dw / len(y), np.sum(dz) / len(y)


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
