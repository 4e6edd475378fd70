"""Products are added before they are rounded, as a processor with FMA does."""

from __future__ import annotations

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def plus_product(total: FloatArray, x: FloatArray, y: Float) -> FloatArray:
    """total + x·y, rounded once to the working precision; np.longdouble stands in for the exact product."""
    return (total + x.astype(np.longdouble) * y).astype(x.dtype)


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray]:
    return problem.features(), problem.Y[0]


def gradient(data: tuple[FloatArray, FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, y = data
    z = np.full(len(y), b)
    for x_j, w_j in zip(X, w, strict=True):
        z = plus_product(z, x_j, w_j)
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(plus_product(np.maximum(z, 0), -z, y) + np.log1p(e)) / len(y)
    dz = a - y
    dw = np.zeros_like(w)
    for x_i, dz_i in zip(X.T, dz, strict=True):
        dw = plus_product(dw, x_i, dz_i)
    return J, dw / len(y), np.sum(dz) / len(y)


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
