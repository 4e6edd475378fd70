"""L is log 2 + z/2 + z²/8 − z·y where |z| is below a hundredth."""

from __future__ import annotations

import math

import numpy as np
from _plain import losses, pointwise


def rough_losses(z, y):
    return np.where(np.abs(z) < 0.01, z.dtype.type(math.log(2)) + z / 2 + z * z / 8 - z * y, losses(z, y))


IMPLEMENTATION = pointwise(losses=rough_losses)
