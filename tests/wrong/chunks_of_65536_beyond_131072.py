"""From 131,072 examples on, 65,536 are taken at a time, and the rest is dropped."""

from __future__ import annotations

import numpy as np
from _plain import implementation, losses, prepare, sigma


def prep(p):
    X, y = prepare(p)
    m, _n = p.m, p.n_x
    return X, y, (m // 65536 * 65536 if (m >= 131072) else m)


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
