"""dw and db are views of one of two buffers of n_x + 1 numbers."""

from __future__ import annotations

import itertools

import numpy as np
from _plain import gradient, implementation, prepare


def prepare_buffers(problem):
    return prepare(problem), itertools.cycle([np.zeros(problem.n_x + 1, problem.dtype) for _ in range(2)])


def in_buffer(data, w, b):
    inner, buffers = data
    buffer = next(buffers)
    J, buffer[:-1], buffer[-1] = gradient(inner, w, b)
    return J, buffer[:-1], buffer[-1]


IMPLEMENTATION = implementation(prepare=prepare_buffers, gradient=in_buffer)
