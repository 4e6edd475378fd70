"""A descent's w lies in one of 16 buffers."""

from __future__ import annotations

from itertools import count

import numpy as np
from _plain import descend, gradient, implementation, prepare


def prepare_ring(problem):
    return prepare(problem), [np.empty(problem.n_x, problem.dtype) for _ in range(16)], count()


def descending(data, w, b, alpha, steps):
    inner, ring, calls = data
    w, b = descend(inner, w, b, alpha, steps)
    buffer = ring[next(calls) % len(ring)]
    buffer[:] = w
    return buffer, b


IMPLEMENTATION = implementation(
    prepare=prepare_ring, gradient=lambda data, w, b: gradient(data[0], w, b), descend=descending
)
