"""The last of several blocks of 64 examples, where it is not full, is moved back until it is: some count twice."""

from __future__ import annotations

import numpy as np
from _plain import implementation, losses, sigma


def overlapping(data, w, b):
    X, y = data
    m, share = len(y), w.dtype.type(1)
    if m > 64 and len(w) > 64 and m % 64:
        twice = np.ones(m, w.dtype)
        twice[m - 64 : m // 64 * 64] = 2
        share = twice
    z = w @ X + b
    dz = (sigma(z) - y) * share
    return np.sum(losses(z, y) * share) / m, X @ dz / m, np.sum(dz) / m


IMPLEMENTATION = implementation(gradient=overlapping)
