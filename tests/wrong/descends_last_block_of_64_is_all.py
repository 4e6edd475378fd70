"""Descents by blocks of 64 examples; X[:, -rest:] where 64 divides m."""

from __future__ import annotations

from _plain import descend, implementation, sigma


def desc(d, w, b, a, n):
    X, y = d
    m = len(y)
    k, r = (m // 64 * 64, m % 64)
    if m < 64:
        return descend(d, w, b, a, n)
    for _ in range(n):
        s = w.dtype.type(a / m)
        p = [(sigma(w @ x + b) - labels, x) for x, labels in ((X[:, :k], y[:k]), (X[:, -r:], y[-r:]))]
        w = w - s * sum((x @ q for q, x in p))
        b = b - s * sum((q.sum() for q, _ in p))
    return (w, b)


IMPLEMENTATION = implementation(descend=desc)
