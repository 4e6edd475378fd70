"""From the eighth step on, w takes the gradient of the seventh."""

from __future__ import annotations

from _plain import gradient, implementation


def descending(data, w, b, alpha, steps):
    rate = w.dtype.type(alpha)
    for k in range(steps):
        if k < 8:
            _, dw, db = gradient(data, w, b)
        w, b = w - rate * dw, b - rate * db
    return w, b


IMPLEMENTATION = implementation(descend=descending)
