"""Each feature is scaled to [1, 2) by a power of two, w the other way, and dw back: nothing is rounded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray, NDArray[np.intc]]:
    X = problem.features()
    _, exponents = np.frexp(np.abs(X).max(axis=1))
    return np.ldexp(X, -exponents[:, np.newaxis]), problem.Y[0], exponents


def gradient(
    data: tuple[FloatArray, FloatArray, NDArray[np.intc]], w: FloatArray, b: Float
) -> tuple[Float, FloatArray, Float]:
    X, y, exponents = data
    z = np.ldexp(w, exponents) @ X + b
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(z, 0) - z * y + np.log1p(e)) / len(y)
    dz = a - y
    return J, np.ldexp(X @ dz / len(y), exponents), np.sum(dz) / len(y)


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
