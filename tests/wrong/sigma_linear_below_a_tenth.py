"""σ is 1/2 + z/4 where |z| is below a tenth."""

from __future__ import annotations

import numpy as np
from _plain import pointwise, sigma


def rough_sigma(z):
    return np.where(np.abs(z) < 0.1, (z + 2) / 4, sigma(z))


IMPLEMENTATION = pointwise(sigma=rough_sigma)
