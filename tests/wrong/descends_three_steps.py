"""A descent makes three steps, whatever it is asked for."""

from __future__ import annotations

from _plain import descend, implementation


def descending(data, w, b, alpha, steps):
    return descend(data, w, b, alpha, min(steps, 3))


IMPLEMENTATION = implementation(descend=descending)
