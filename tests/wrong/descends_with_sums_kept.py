"""The sums of dw aren't reset from step to step."""

from __future__ import annotations

from _plain import gradient, implementation


def descending(data, w, b, alpha, steps):
    rate, total = w.dtype.type(alpha), 0 * w
    for _ in range(steps):
        _, dw, db = gradient(data, w, b)
        total = total + dw
        w, b = w - rate * total, b - rate * db
    return w, b


IMPLEMENTATION = implementation(descend=descending)
