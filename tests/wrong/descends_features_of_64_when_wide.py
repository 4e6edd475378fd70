"""A descent takes 64 features at a time beyond 256, and drops the rest."""

from __future__ import annotations

import numpy as np
from _plain import descend, implementation, sigma


def des(d, w, b, alpha, steps):
    X, y = d
    m = len(y)
    n = len(w)
    if n < 256:
        return descend(d, w, b, alpha, steps)
    seen = n // 64 * 64
    r = w.dtype.type(alpha)
    for _ in range(steps):
        dz = sigma(w @ X + b) - y
        dw = X @ dz / m
        dw[seen:] = 0
        w = w - r * dw
        b = b - r * (np.sum(dz) / m)
    return w, b


IMPLEMENTATION = implementation(descend=des)
