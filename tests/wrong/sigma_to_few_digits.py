"""1/(1 + e) is taken to half the digits, as processors offer it."""

from __future__ import annotations

import numpy as np
from _plain import pointwise


def rough_sigma(z):
    e = np.exp(-np.abs(z))
    reciprocal = (1 / (1 + e)).astype(np.float16 if z.dtype == np.float32 else np.float32).astype(z.dtype)
    return np.where(z >= 0, 1, e) * reciprocal


IMPLEMENTATION = pointwise(sigma=rough_sigma)
