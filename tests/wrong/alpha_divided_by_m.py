"""The learning rate is divided by m once more."""

from __future__ import annotations

from _plain import descend, implementation


def descending(data, w, b, alpha, steps):
    return descend(data, w, b, alpha / len(data[1]), steps)


IMPLEMENTATION = implementation(descend=descending)
