"""Blocks of 256 examples from range(0, m - 1, 256): a rest of one example is lost."""

from __future__ import annotations

import numpy as np
from _plain import implementation, losses, sigma

BLOCK = 256


def grad(data, w, b):
    X, y = data
    _n_x, m = X.shape
    J, dw, db = (0.0, np.zeros_like(w), w.dtype.type(0))
    for start in range(0, max(m - 1, 1), BLOCK):
        x, t = (X[:, start : start + BLOCK], y[start : start + BLOCK])
        z = w @ x + b
        dz = sigma(z) - t
        J += np.sum(losses(z, t))
        dw += x @ dz
        db += np.sum(dz)
    return (w.dtype.type(J / m), dw / w.dtype.type(m), db / w.dtype.type(m))


IMPLEMENTATION = implementation(gradient=grad)
