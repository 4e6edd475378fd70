"""A descent makes one step too few."""

from __future__ import annotations

from _plain import descend, implementation


def descending(data, w, b, alpha, steps):
    return descend(data, w, b, alpha, steps - 1)


IMPLEMENTATION = implementation(descend=descending)
