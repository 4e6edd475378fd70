"""J is a view of an array with one entry, which every call fills anew."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, prepare


def prepare_buffer(problem):
    return prepare(problem), np.zeros((), problem.dtype)


def in_buffer(data, w, b):
    inner, J = data
    J[...], dw, db = gradient(inner, w, b)
    return J, dw, db


IMPLEMENTATION = implementation(prepare=prepare_buffer, gradient=in_buffer)
