"""J takes log of a clipped to [10⁻⁷, 1 − 10⁻⁷]; the derivatives are right."""

from __future__ import annotations

import numpy as np
from _plain import pointwise, sigma


def rough_losses(z, y):
    a = np.clip(sigma(z), z.dtype.type(1e-7), z.dtype.type(1 - 1e-7))
    return -(y * np.log(a) + (1 - y) * np.log(1 - a))


IMPLEMENTATION = pointwise(losses=rough_losses)
