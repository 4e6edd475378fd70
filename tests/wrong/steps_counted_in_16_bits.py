"""The number of steps is kept in 16 bits."""

from __future__ import annotations

from _plain import descend, implementation


def descending(data, w, b, alpha, steps):
    return descend(data, w.copy(), b, alpha, steps % 65_536)


IMPLEMENTATION = implementation(descend=descending)
