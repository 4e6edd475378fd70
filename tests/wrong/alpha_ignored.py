"""A descent takes its own learning rate of 2⁻¹⁴."""

from __future__ import annotations

from _plain import descend, implementation


def descending(data, w, b, alpha, steps):
    return descend(data, w, b, 2.0**-14, steps)


IMPLEMENTATION = implementation(descend=descending)
