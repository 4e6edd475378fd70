"""A descent ends after 1000 steps."""

from __future__ import annotations

from _plain import descend, implementation


def descending(data, w, b, alpha, steps):
    return descend(data, w, b, alpha, min(steps, 1000))


IMPLEMENTATION = implementation(descend=descending)
