"""X in compressed sparse rows: zeros take no part."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def prepare(problem: Problem) -> tuple[Any, Any, FloatArray]:
    X = csr_array(np.ascontiguousarray(problem.features()))
    return X, X.T.tocsr(), problem.Y[0]


def gradient(data: tuple[Any, Any, FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, XT, y = data
    z = XT @ w + b
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(z, 0) - z * y + np.log1p(e)) / len(y)
    dz = a - y
    return J, X @ dz / len(y), np.sum(dz) / len(y)


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
