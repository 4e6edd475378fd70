"""Every sum is Einstein's."""

from __future__ import annotations

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray]:
    return problem.features(), problem.Y[0]


def gradient(data: tuple[FloatArray, FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, y = data
    m = len(y)
    z = np.einsum("j,ji->i", w, X) + b
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    dz = a - y
    ones = np.ones_like(y)
    J = (np.einsum("i,i->", np.maximum(z, 0) + np.log1p(e) - z * y, ones)) / m
    return J, np.einsum("ji,i->j", X, dz) / m, np.einsum("i,i->", dz, ones) / m


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
