"""Each step takes db at the w that it has just changed."""

from __future__ import annotations

from _plain import gradient, implementation


def descending(data, w, b, alpha, steps):
    rate = w.dtype.type(alpha)
    for _ in range(steps):
        w = w - rate * gradient(data, w, b)[1]
        b = b - rate * gradient(data, w, b)[2]
    return w, b


IMPLEMENTATION = implementation(descend=descending)
