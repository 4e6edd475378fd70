"""The learning rate is rounded to a power of two."""

from __future__ import annotations

import math

from _plain import descend, implementation


def descending(data, w, b, alpha, steps):
    return descend(data, w, b, 2.0 ** round(math.log2(alpha)), steps)


IMPLEMENTATION = implementation(descend=descending)
