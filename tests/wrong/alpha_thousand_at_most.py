"""The learning rate is 1000 at most."""

from __future__ import annotations

from _plain import descend, implementation


def descending(data, w, b, alpha, steps):
    return descend(data, w, b, min(alpha, 1000), steps)


IMPLEMENTATION = implementation(descend=descending)
