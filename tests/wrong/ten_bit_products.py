"""X is rounded to ten bits after the point, as fast matrix units do with float32."""

from __future__ import annotations

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def ten_bits(values: FloatArray) -> FloatArray:
    fraction, exponent = np.frexp(values)
    return np.ldexp(np.round(fraction * 2**11) / 2**11, exponent).astype(values.dtype)


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray]:
    return ten_bits(problem.features()), problem.Y[0]


def gradient(data: tuple[FloatArray, FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, y = data
    z = w @ X + b
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(z, 0) - z * y + np.log1p(e)) / len(y)
    dz = a - y
    return J, X @ dz / len(y), np.sum(dz) / len(y)


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
