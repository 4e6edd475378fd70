"""The w that a descent returns is a buffer, which the next descent fills anew."""

from __future__ import annotations

import numpy as np
from _plain import descend, gradient, implementation, prepare

from gradrace.impls.interface import Gradient


def prepare_buffer(problem):
    return *prepare(problem), np.zeros(problem.n_x, problem.dtype)


def descending(data, w, b, alpha, steps):
    X, y, buffer = data
    buffer[:], b = descend((X, y), w, b, alpha, steps)
    return buffer, b


def to_numpy(J, dw, db):
    return Gradient(float(J), dw, float(db))


IMPLEMENTATION = implementation(
    prepare=prepare_buffer,
    gradient=lambda data, w, b: gradient(data[:2], w, b),
    to_numpy=to_numpy,
    descend=descending,
)
