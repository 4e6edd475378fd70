"""σ is 1/2 + z/4 − z³/48 where |z| is below a hundredth."""

from __future__ import annotations

import numpy as np
from _plain import pointwise, sigma


def rough_sigma(z):
    return np.where(np.abs(z) < 0.01, (z + 2) / 4 - z**3 / 48, sigma(z))


IMPLEMENTATION = pointwise(sigma=rough_sigma)
