"""dw grows by 10⁻¹² with every call: a state that isn't reset."""

from __future__ import annotations

import itertools

from _plain import gradient, implementation, prepare


def drifting(data, w, b):
    inner, calls = data
    J, dw, db = gradient(inner, w, b)
    return J, dw * w.dtype.type(1 + 1e-12 * next(calls)), db


IMPLEMENTATION = implementation(prepare=lambda problem: (prepare(problem), itertools.count()), gradient=drifting)
