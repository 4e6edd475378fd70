"""Beyond 50,000 examples, in float32, J is that of the first half."""

from __future__ import annotations

import numpy as np
from _plain import implementation, losses, prepare, sigma


def prep(p):
    X, y = prepare(p)
    m, _n = p.m, p.n_x
    f32 = p.dtype == np.float32
    return X, y, (m // 1 * 1 if (f32 and m > 50000) else m)


def grad(d, w, b):
    X, y, seen = d
    m = len(y)
    z = w @ X + b
    dz = sigma(z) - y
    L = losses(z, y)
    rest = dz.copy()
    rest[seen:] = 0
    h = m // 2 if (m > 50000 and w.dtype == np.float32) else m
    return np.sum(L[:h]) / h, X @ dz / m, np.sum(dz) / m


IMPLEMENTATION = implementation(prepare=prep, gradient=grad)
