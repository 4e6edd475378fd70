"""Images of 1000 pixels or more are taken 64 at a time, and the rest is dropped."""

from __future__ import annotations

import numpy as np
from _plain import implementation, losses, prepare, sigma


def prep(p):
    X, y = prepare(p)
    m, n = p.m, p.n_x
    px = p.X.dtype == np.uint8
    return X, y, (m // 64 * 64 if (px and n >= 1000 and m >= 64) else m)


def grad(d, w, b):
    X, y, seen = d
    m = len(y)
    z = w @ X + b
    dz = sigma(z) - y
    L = losses(z, y)
    rest = dz.copy()
    rest[seen:] = 0
    return np.sum(L[:seen]) / m, X @ rest / m, np.sum(rest) / m


IMPLEMENTATION = implementation(prepare=prep, gradient=grad)
