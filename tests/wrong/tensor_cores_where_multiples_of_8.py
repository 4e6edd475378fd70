"""In float32, products have 10 bits where m and n_x are multiples of 8, as tensor cores do."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, losses, sigma


def tf(x):
    return (x.astype(np.float32).view(np.uint32) + np.uint32(0x1000) & np.uint32(0xFFFFE000)).view(np.float32)


def grad(d, w, b):
    X, y = d
    m = len(y)
    if w.dtype != np.float32 or m % 8 or len(w) % 8:
        return gradient(d, w, b)
    X = np.ascontiguousarray(X)
    z = tf(w) @ tf(X) + b
    dz = sigma(z) - y
    return np.sum(losses(z, y)) / m, tf(X) @ tf(dz) / m, np.sum(dz) / m


IMPLEMENTATION = implementation(gradient=grad)
