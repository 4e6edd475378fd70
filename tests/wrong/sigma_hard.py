"""σ is clip(1/2 + z/4, 0, 1) where |z| is above 30 or below 10⁻²."""

from __future__ import annotations

import numpy as np
from _plain import pointwise, sigma


def rough_sigma(z):
    return np.where((np.abs(z) > 30) | (np.abs(z) < 0.01), np.clip((z + 2) / 4, 0, 1), sigma(z)).astype(z.dtype)


IMPLEMENTATION = pointwise(sigma=rough_sigma)
