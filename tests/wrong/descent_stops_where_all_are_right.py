"""A descent ends where all labels are right, and the cost is small."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, step

SMALL = 0.01


def descending(data, w, b, alpha, steps):
    X, y = data
    for _ in range(steps):
        J, *_ = gradient(data, w, b)
        if J < SMALL and np.array_equal(w @ X + b > 0, y == 1):
            break
        w, b = step(data, w, b, alpha)
    return w, b


IMPLEMENTATION = implementation(descend=descending)
