"""Blocks of 64 examples, and the sum of their sums."""

from __future__ import annotations

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique

BLOCK = 64


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray]:
    return problem.features(), problem.Y[0]


def gradient(data: tuple[FloatArray, FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, y = data
    J, dw, db = w.dtype.type(0), np.zeros_like(w), w.dtype.type(0)
    for start in range(0, len(y), BLOCK):
        x, labels = X[:, start : start + BLOCK], y[start : start + BLOCK]
        z = w @ x + b
        e = np.exp(-np.abs(z))
        a = np.where(z >= 0, 1, e) / (1 + e)
        J += np.sum(np.maximum(z, 0) - z * labels + np.log1p(e))
        dz = a - labels
        dw += x @ dz
        db += np.sum(dz)
    return J / len(y), dw / len(y), db / len(y)


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
