"""σ is 0 or 1 beyond |z| = 40 (16 in float32), where it is to a roundoff."""

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
    dz = np.where(np.abs(z) > (16 if w.dtype == np.float32 else 40), z > 0, a).astype(w.dtype) - y
    return J, X @ dz / len(y), np.sum(dz) / len(y)


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
