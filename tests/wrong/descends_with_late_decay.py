"""After 500 steps the learning rate is halved."""

from __future__ import annotations

from _plain import descend, implementation


def descending(data, w, b, alpha, steps):
    w, b = descend(data, w, b, alpha, min(steps, 500))
    return descend(data, w, b, alpha / 2, max(steps - 500, 0))


IMPLEMENTATION = implementation(descend=descending)
