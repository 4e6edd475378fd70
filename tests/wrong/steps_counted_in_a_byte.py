"""The number of steps is kept in a byte."""

from __future__ import annotations

from _plain import descend, implementation


def descending(data, w, b, alpha, steps):
    return descend(data, w, b, alpha, steps % 256)


IMPLEMENTATION = implementation(descend=descending)
