"""One example of many features: a dot product unrolled by 8 without its rest."""

from __future__ import annotations

from _plain import from_z, gradient, implementation


def grad(data, w, b):
    X, y = data
    if len(y) == 1 and len(w) > 64:
        n = len(w) // 8 * 8
        return from_z(data, w[:n] @ X[:n] + b)
    return gradient(data, w, b)


IMPLEMENTATION = implementation(gradient=grad)
