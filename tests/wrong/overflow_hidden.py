"""The loss as the slides write it, with its warnings switched off and its NaN and infinities replaced."""

from __future__ import annotations

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray]:
    return problem.features(), problem.Y[0]


def gradient(data: tuple[FloatArray, FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, y = data
    z = w @ X + b
    with np.errstate(all="ignore"):
        a = 1 / (1 + np.exp(-z))
        L = -(y * np.log(a) + (1 - y) * np.log(1 - a))
    J = np.sum(np.nan_to_num(L, posinf=0)) / len(y)
    dz = a - y
    return J, X @ dz / len(y), np.sum(dz) / len(y)


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
