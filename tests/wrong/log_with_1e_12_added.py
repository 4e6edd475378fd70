"""J takes log(a + 10⁻¹²), so that it is never log 0."""

from __future__ import annotations

import numpy as np
from _plain import pointwise, sigma


def rough_losses(z, y):
    a, tiny = sigma(z), z.dtype.type(1e-12)
    return -(y * np.log(a + tiny) + (1 - y) * np.log(1 - a + tiny))


IMPLEMENTATION = pointwise(losses=rough_losses)
