"""σ is 0 or 1 where |z| is above 20."""

from __future__ import annotations

import numpy as np
from _plain import pointwise, sigma


def rough_sigma(z):
    return np.where(np.abs(z) > 20, z > 0, sigma(z)).astype(z.dtype)


IMPLEMENTATION = pointwise(sigma=rough_sigma)
