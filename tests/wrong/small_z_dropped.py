"""z below 10⁻⁸ is taken for 0."""

from __future__ import annotations

import numpy as np
from _plain import from_z, implementation


def near_zero(data, w, b):
    z = w @ data[0] + b
    return from_z(data, np.where(np.abs(z) < 1e-8, w.dtype.type(0), z))


IMPLEMENTATION = implementation(gradient=near_zero)
