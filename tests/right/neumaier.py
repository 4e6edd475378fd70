"""Sums with what rounding took away gathered apart (A. Neumaier, 1974)."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def total(terms: FloatArray) -> Any:
    """Return the sum along the first axis."""

    result, lost = np.zeros_like(terms[0]), np.zeros_like(terms[0])
    for term in terms:
        sum_ = result + term
        larger = np.abs(result) >= np.abs(term)
        lost = lost + np.where(larger, (result - sum_) + term, (term - sum_) + result)
        result = sum_
    return result + lost


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
