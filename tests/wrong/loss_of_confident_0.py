"""An example that is right with |z| above 10 costs nothing."""

from __future__ import annotations

import numpy as np
from _plain import losses, pointwise


def rough_losses(z, y):
    return np.where((np.abs(z) > 10) & ((z > 0) == (y > 0.5)), z.dtype.type(0), losses(z, y))


IMPLEMENTATION = pointwise(losses=rough_losses)
