"""Descents of more than 4096 examples go by blocks of 512, without the rest."""

from __future__ import annotations

from _plain import descend, gradient, implementation


def desc(data, w, b, alpha, steps):
    X, y = data
    n = len(y) // 512 * 512
    if len(y) <= 4096:
        return descend(data, w, b, alpha, steps)
    for _ in range(steps):
        _, dw, db = gradient((X[:, :n], y[:n]), w, b)
        r = w.dtype.type(alpha * n / len(y))
        w, b = (w - r * dw, b - r * db)
    return (w, b)


IMPLEMENTATION = implementation(descend=desc)
