"""The means are updated with each example, which rounds where nothing is added."""

from __future__ import annotations

from _plain import implementation, losses, sigma


def running(data, w, b):
    X, y = data
    z = w @ X + b
    dz, L = sigma(z) - y, losses(z, y)
    J, dw, db = 0 * b, 0 * w, 0 * b
    for i in range(len(y)):
        old, new = w.dtype.type(i / (i + 1)), w.dtype.type(1 / (i + 1))
        J, dw, db = old * J + new * L[i], old * dw + new * dz[i] * X[:, i], old * db + new * dz[i]
    return J, dw, db


IMPLEMENTATION = implementation(gradient=running)
