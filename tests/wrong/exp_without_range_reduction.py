"""exp is a Taylor polynomial of degree 20 where |z| is below 8."""

from __future__ import annotations

import math

import numpy as np
from _plain import pointwise


def rough_sigma(z):
    e = sum((-np.abs(np.minimum(np.abs(z), 8))) ** n / z.dtype.type(math.factorial(n)) for n in range(21))
    e = np.where(np.abs(z) < 8, e, np.exp(-np.abs(z))).astype(z.dtype)
    return np.where(z >= 0, 1, e) / (1 + e)


IMPLEMENTATION = pointwise(sigma=rough_sigma)
