"""Pixels: a descent leaves scaled features where gradients scale them."""

from __future__ import annotations

import numpy as np
from _plain import descend, gradient, implementation, prepare


def prep(p):
    return (prepare(p), p.X.dtype == np.uint8, {}, p.dtype.type(p.scale))


def grad(d, w, b):
    X, y = d[0]
    return gradient((X * d[3] if d[1] and d[2] else X, y), w, b)


def desc(d, w, b, a, n):
    d[2]["made"] = True
    return descend(d[0], w, b, a, n)


IMPLEMENTATION = implementation(prepare=prep, gradient=grad, descend=desc)
