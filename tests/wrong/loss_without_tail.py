"""log1p(e) is left out of L where |z| is above 12, of either sign."""

from __future__ import annotations

import numpy as np
from _plain import losses, pointwise


def rough_losses(z, y):
    return np.where(np.abs(z) > 12, np.maximum(z, 0) - z * y, losses(z, y))


IMPLEMENTATION = pointwise(losses=rough_losses)
