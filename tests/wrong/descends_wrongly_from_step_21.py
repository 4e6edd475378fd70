"""From the twenty-first step on, b stays where it is."""

from __future__ import annotations

from _plain import implementation, step


def descending(data, w, b, alpha, steps):
    for k in range(steps):
        kept = b
        w, b = step(data, w, b, alpha)
        b = kept if k >= 20 else b
    return w, b


IMPLEMENTATION = implementation(descend=descending)
