"""Subnormal results are taken for 0, as processors set to flush do."""

from __future__ import annotations

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray]:
    return problem.features(), problem.Y[0]


def gradient(data: tuple[FloatArray, FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, y = data
    z = w @ X + b
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(z, 0) - z * y + np.log1p(e)) / len(y)
    dz = a - y
    return J, flushed(X @ flushed(dz) / len(y)), np.sum(dz) / len(y)


def flushed(values: FloatArray) -> FloatArray:
    return np.where(np.abs(values) < np.finfo(values.dtype).smallest_normal, values.dtype.type(0), values)


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
