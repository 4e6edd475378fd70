"""σ is (1 + tanh(z/2))/2 with tanh as a continued fraction, good near 0 alone."""

from __future__ import annotations

import numpy as np
from _plain import pointwise


def rough_sigma(z):
    t = np.clip(z / 2, -4, 4)
    square = t * t
    tanh = t * (10395 + square * (1260 + 21 * square)) / (10395 + square * (4725 + square * (210 + square)))
    return ((1 + np.where(np.abs(z) < 2, tanh, np.tanh(z / 2))) / 2).astype(z.dtype)


IMPLEMENTATION = pointwise(sigma=rough_sigma)
