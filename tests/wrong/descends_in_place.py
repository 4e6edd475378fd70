"""A descent changes the w that it was given."""

from __future__ import annotations

from _plain import gradient, implementation


def descending(data, w, b, alpha, steps):
    rate = w.dtype.type(alpha)
    for _ in range(steps):
        _, dw, db = gradient(data, w, b)
        w -= rate * dw
        b = b - rate * db
    return w, b


IMPLEMENTATION = implementation(descend=descending)
