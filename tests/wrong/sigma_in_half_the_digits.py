"""σ is computed in float32, and in float32 in float16."""

from __future__ import annotations

import numpy as np
from _plain import pointwise, sigma


def rough_sigma(z):
    short = np.float16 if z.dtype == np.float32 else np.float32
    return sigma(z.astype(short)).astype(z.dtype)


IMPLEMENTATION = pointwise(sigma=rough_sigma)
