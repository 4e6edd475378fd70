"""The learning rate is cut off at 0.01."""

from __future__ import annotations

from _plain import descend, implementation


def descending(data, w, b, alpha, steps):
    return descend(data, w, b, min(alpha, 0.01), steps)


IMPLEMENTATION = implementation(descend=descending)
