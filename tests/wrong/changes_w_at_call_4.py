"""The fourth call takes the step itself, in w."""

from __future__ import annotations

import itertools

from _plain import gradient, implementation, prepare


def stepping(data, w, b):
    inner, calls = data
    J, dw, db = gradient(inner, w, b)
    if next(calls) == 4:
        w -= w.dtype.type(0.01) * dw
    return J, dw, db


IMPLEMENTATION = implementation(prepare=lambda problem: (prepare(problem), itertools.count(1)), gradient=stepping)
