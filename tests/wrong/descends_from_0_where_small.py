"""A start below a millionth is taken for 0."""

from __future__ import annotations

import numpy as np
from _plain import descend, implementation


def descending(data, w, b, alpha, steps):
    return descend(data, np.where(np.abs(w) < 1e-6, 0 * w, w), b, alpha, steps)


IMPLEMENTATION = implementation(descend=descending)
