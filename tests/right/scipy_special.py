"""SciPy's expit and log_expit, each example turned to label 1."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, log_expit

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray]:
    return problem.features(), problem.Y[0]


def gradient(data: tuple[FloatArray, FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, y = data
    t = (2 * y - 1) * (w @ X + b)
    dz = (1 - 2 * y) * expit(-t)
    return -np.sum(log_expit(t)) / len(y), X @ dz / len(y), np.sum(dz) / len(y)


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
