"""A descent leaves b where it is."""

from __future__ import annotations

from _plain import implementation, step


def descending(data, w, b, alpha, steps):
    for _ in range(steps):
        w, _ = step(data, w, b, alpha)
    return w, b


IMPLEMENTATION = implementation(descend=descending)
