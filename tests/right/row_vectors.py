"""The slides' shapes: w (n_x, 1), Z and dZ (1, m), products of matrices."""

from __future__ import annotations

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray]:
    return problem.features(), problem.Y


def gradient(data: tuple[FloatArray, FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, Y = data
    m = Y.shape[1]
    Z = w[:, np.newaxis].T @ X + b
    e = np.exp(-np.abs(Z))
    A = np.where(Z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(Z, 0) - Z * Y + np.log1p(e), axis=1) / m
    dZ = A - Y
    return J[0], (X @ dZ.T)[:, 0] / m, np.sum(dZ, axis=1)[0] / m


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
