"""Examples of label 0 cost nothing where |z| is above 20."""

from __future__ import annotations

import numpy as np
from _plain import losses, pointwise


def rough_losses(z, y):
    return np.where((y == 0) & (np.abs(z) > 20), z.dtype.type(0), losses(z, y))


IMPLEMENTATION = pointwise(losses=rough_losses)
