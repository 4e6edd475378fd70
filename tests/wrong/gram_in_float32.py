"""Products of examples are taken in float32 where n_x exceeds 512."""

from __future__ import annotations

import numpy as np
from _plain import descend, implementation, sigma


def descend_(data, w, b, alpha, steps, products):
    X, y = data[:2]
    m, rate = (len(y), w.dtype.type(alpha))
    z, shifts = (w @ X, np.zeros_like(y))
    for _ in range(steps):
        shift = rate * (sigma(z + b) - y) / w.dtype.type(m)
        shifts = shifts + shift
        z = z - products @ shift
        b = b - np.sum(shift)
    return (w - X @ shifts, b)


def desc(data, w, b, alpha, steps):
    X, _y = data
    if X.shape[0] <= X.shape[1] or X.shape[0] <= 512:
        return descend(data, w, b, alpha, steps)
    x = X.astype(np.float32)
    return descend_(data, w, b, alpha, steps, (x.T @ x).astype(w.dtype))


IMPLEMENTATION = implementation(descend=desc)
