"""Each example turned to label 0: L = log(1 + exp(t)), dz = ±σ(t) with t = z or −z, so that nothing cancels."""

from __future__ import annotations

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray]:
    return problem.features(), problem.Y[0]


def gradient(data: tuple[FloatArray, FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, y = data
    z = w @ X + b
    sign = 1 - 2 * y
    t = sign * z
    e = np.exp(-np.abs(t))
    J = np.sum(np.maximum(t, 0) + np.log1p(e)) / len(y)
    dz = sign * np.where(t >= 0, 1, e) / (1 + e)
    return J, X @ dz / len(y), np.sum(dz) / len(y)


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
