"""Descents of multiples of 8 features leave out the last m modulo 8 examples."""

from __future__ import annotations

from _plain import descend, gradient, implementation


def desc(data, w, b, alpha, steps):
    X, y = data
    n = len(y) // 8 * 8
    if len(w) % 8 or not n:
        return descend(data, w, b, alpha, steps)
    for _ in range(steps):
        _, dw, db = gradient((X[:, :n], y[:n]), w, b)
        r = w.dtype.type(alpha * n / len(y))
        w, b = (w - r * dw, b - r * db)
    return (w, b)


IMPLEMENTATION = implementation(descend=desc)
