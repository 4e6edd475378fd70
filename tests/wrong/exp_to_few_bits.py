"""exp is rounded to two thirds of its bits."""

from __future__ import annotations

import numpy as np
from _plain import pointwise


def rough_sigma(z):
    e = np.exp(-np.abs(z))
    bits = 16 if z.dtype == np.float32 else 36
    fraction, exponent = np.frexp(e)
    e = np.ldexp(np.round(fraction * 2**bits) / 2**bits, exponent).astype(z.dtype)
    return np.where(z >= 0, 1, e) / (1 + e)


IMPLEMENTATION = pointwise(sigma=rough_sigma)
