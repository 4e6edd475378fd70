"""No loss is above 100, as some libraries have it."""

from __future__ import annotations

import numpy as np
from _plain import losses, pointwise


def rough_losses(z, y):
    return np.minimum(losses(z, y), z.dtype.type(100))


IMPLEMENTATION = pointwise(losses=rough_losses)
