"""Beyond 8192 examples, in float32, db leaves out the rest of 8."""

from __future__ import annotations

import numpy as np
from _plain import implementation, losses, prepare, sigma


def prep(p):
    X, y = prepare(p)
    m, _n = p.m, p.n_x
    f32 = p.dtype == np.float32
    return X, y, (m // 8 * 8 if (f32 and m > 8192) else m)


def grad(d, w, b):
    X, y, seen = d
    m = len(y)
    z = w @ X + b
    dz = sigma(z) - y
    L = losses(z, y)
    rest = dz.copy()
    rest[seen:] = 0
    return np.sum(L) / m, X @ dz / m, np.sum(rest) / m


IMPLEMENTATION = implementation(prepare=prep, gradient=grad)
