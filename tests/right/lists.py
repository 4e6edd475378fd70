"""Lists of NumPy's numbers, and sums by generators, one for each feature."""

from __future__ import annotations

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def prepare(problem: Problem) -> tuple[list[list[Float]], list[Float]]:
    return [list(x) for x in problem.features()], list(problem.Y[0])


def gradient(data: tuple[list[list[Float]], list[Float]], w: list[Float], b: Float) -> tuple[Float, list[Float], Float]:
    X, y = data
    m, zero = len(y), b * 0
    z = [sum((weight * x[i] for weight, x in zip(w, X, strict=True)), b) for i in range(m)]
    e = [np.exp(-abs(z_i)) for z_i in z]
    L = (max(z_i, zero) - z_i * y_i + np.log1p(e_i) for z_i, y_i, e_i in zip(z, y, e, strict=True))
    dz = [(1 if z_i >= 0 else e_i) / (1 + e_i) - y_i for z_i, y_i, e_i in zip(z, y, e, strict=True)]
    dw = [sum((x_i * dz_i for x_i, dz_i in zip(x, dz, strict=True)), zero) / m for x in X]
    return sum(L, zero) / m, dw, sum(dz, zero) / m


def to_native(w: FloatArray, b: Float) -> tuple[list[Float], Float]:
    return list(w), b


IMPLEMENTATION = Implementation(technique=Technique.LOOP, prepare=prepare, gradient=gradient, to_native=to_native)
