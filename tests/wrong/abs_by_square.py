"""|z| is the root of z², which overflows."""

from __future__ import annotations

import numpy as np
from _plain import pointwise


def losses(z, y):
    size = np.sqrt(z * z)
    return (z + size) / 2 - z * y + np.log1p(np.exp(-size))


IMPLEMENTATION = pointwise(losses=losses)
