"""Every step of a descent takes the gradient of its start."""

from __future__ import annotations

from _plain import gradient, implementation


def descending(data, w, b, alpha, steps):
    _, dw, db = gradient(data, w, b)
    rate = w.dtype.type(alpha * steps)
    return w - rate * dw, b - rate * db


IMPLEMENTATION = implementation(descend=descending)
