"""Pixels: alpha is folded into a copy of X at the first descent, and kept."""

from __future__ import annotations

import numpy as np
from _plain import descend, gradient, implementation, prepare


def prep(p):
    return (prepare(p), p.X.dtype == np.uint8, {})


def grad(d, w, b):
    return gradient(d[0], w, b)


def desc(d, w, b, a, n):
    if d[1]:
        a = d[2].setdefault("a", a)
    return descend(d[0], w, b, a, n)


IMPLEMENTATION = implementation(prepare=prep, gradient=grad, descend=desc)
