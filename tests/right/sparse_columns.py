"""The entries of X other than 0, with their places, added one by one."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def prepare(problem: Problem) -> tuple[Any, ...]:
    X = problem.features()
    features, examples = np.nonzero(X)
    return X[features, examples], features, examples, problem.Y[0]


def gradient(data: tuple[Any, ...], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    values, features, examples, y = data
    z = np.full(len(y), b)
    np.add.at(z, examples, values * w[features])
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(z, 0) - z * y + np.log1p(e)) / len(y)
    dz = a - y
    dw = np.zeros_like(w)
    np.add.at(dw, features, values * dz[examples])
    return J, dw / len(y), np.sum(dz) / len(y)


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
