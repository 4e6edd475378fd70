"""L is log 2 + z/2 − z·y where |z| is below 10⁻⁵ (10⁻² in float32)."""

from __future__ import annotations

import math

import numpy as np
from _plain import losses, pointwise


def rough_losses(z, y):
    return np.where(
        np.abs(z) < (1e-2 if z.dtype == np.float32 else 1e-5), z.dtype.type(math.log(2)) + z / 2 - z * y, losses(z, y)
    )


IMPLEMENTATION = pointwise(losses=rough_losses)
