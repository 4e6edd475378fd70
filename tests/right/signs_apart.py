"""Positive and negative terms are added apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def total(terms: FloatArray) -> Any:
    """Return the sum along the first axis."""

    zero = terms.dtype.type(0)
    return np.maximum(terms, zero).sum(axis=0) + np.minimum(terms, zero).sum(axis=0)


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray]:
    return problem.features(), problem.Y[0]


def gradient(data: tuple[FloatArray, FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, y = data
    z = total(w[:, np.newaxis] * X) + b
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = total(np.maximum(z, 0) - z * y + np.log1p(e)) / len(y)
    dz = a - y
    return J, total(X.T * dz[:, np.newaxis]) / len(y), total(dz) / len(y)


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
