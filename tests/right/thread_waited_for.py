"""Another thread does the work; the call returns when that is done."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique

POOL = ThreadPoolExecutor(1)


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray]:
    return problem.features(), problem.Y[0]


def gradient(data: tuple[FloatArray, FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    return POOL.submit(work, data, w, b).result()


def work(data: tuple[FloatArray, FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, y = data
    z = w @ X + b
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(z, 0) - z * y + np.log1p(e)) / len(y)
    dz = a - y
    return J, X @ dz / len(y), np.sum(dz) / len(y)


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
