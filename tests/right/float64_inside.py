"""Worked in float64 whatever the precision is, and rounded to it at the end."""

from __future__ import annotations

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray]:
    return problem.features().astype(np.float64), problem.Y[0].astype(np.float64)


def gradient(data: tuple[FloatArray, FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, y = data
    z = w.astype(np.float64) @ X + np.float64(b)
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(z, 0) - z * y + np.log1p(e)) / len(y)
    dz = a - y
    number = w.dtype.type
    return number(J), (X @ dz / len(y)).astype(w.dtype), number(np.sum(dz) / len(y))


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
