"""σ is 1/2 where |z| is below 10⁻⁶."""

from __future__ import annotations

import numpy as np
from _plain import pointwise, sigma


def rough_sigma(z):
    return np.where(np.abs(z) < 1e-6, z.dtype.type(0.5), sigma(z))


IMPLEMENTATION = pointwise(sigma=rough_sigma)
