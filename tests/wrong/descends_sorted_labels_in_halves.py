"""Descents of more than 2000 examples are averaged over halves of unequal length."""

from __future__ import annotations

from _plain import descend, gradient, implementation


def desc(d, w, b, a, n):
    X, y = d
    if len(y) <= 2000 or len(y) % 2 == 0:
        return descend(d, w, b, a, n)
    h = len(y) // 2
    for _ in range(n):
        _, p, q = gradient((X[:, :h], y[:h]), w, b)
        _, u, v = gradient((X[:, h:], y[h:]), w, b)
        r = w.dtype.type(a / 2)
        w, b = (w - r * (p + u), b - r * (q + v))
    return (w, b)


IMPLEMENTATION = implementation(descend=desc)
