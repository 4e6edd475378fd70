"""σ is cut off at 12 on the negative side alone."""

from __future__ import annotations

import numpy as np
from _plain import pointwise, sigma


def rough_sigma(z):
    return np.where(z < -12, z.dtype.type(0), sigma(z))


IMPLEMENTATION = pointwise(sigma=rough_sigma)
