"""Where fewer than one in twenty labels is 1, these count twice ("balanced")."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, losses, sigma


def grad(data, w, b):
    X, y = data
    if 0 < np.mean(y) < 0.05:
        z = w @ X + b
        c = np.where(y == 1, 2, 1).astype(w.dtype)
        dz = c * (sigma(z) - y)
        return (np.sum(c * losses(z, y)) / len(y), X @ dz / len(y), np.sum(dz) / len(y))
    return gradient(data, w, b)


IMPLEMENTATION = implementation(gradient=grad)
