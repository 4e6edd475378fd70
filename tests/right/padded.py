"""Features are padded with zeros to a multiple of 64, examples too, and these count for nothing."""

from __future__ import annotations

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def prepare(problem: Problem) -> tuple[FloatArray, ...]:
    n_x, m = (-(-size // 64) * 64 for size in (problem.n_x, problem.m))
    X, y, counts = (np.zeros(shape, problem.dtype) for shape in ((n_x, m), m, m))
    X[: problem.n_x, : problem.m] = problem.features()
    y[: problem.m] = problem.Y[0]
    counts[: problem.m] = 1
    return X, y, counts


def gradient(data: tuple[FloatArray, ...], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, y, counts = data
    padded = np.zeros(len(X), w.dtype)
    padded[: len(w)] = w
    z = padded @ X + b
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    m = int(np.count_nonzero(counts))
    dz = (a - y) * counts
    J = np.sum((np.maximum(z, 0) - z * y + np.log1p(e)) * counts) / m
    return J, (X @ dz)[: len(w)] / m, np.sum(dz) / m


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
