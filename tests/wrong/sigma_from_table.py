"""σ is read from a table with 2¹⁶ entries, and drawn straight between them."""

from __future__ import annotations

import numpy as np
from _plain import pointwise

NODES = np.linspace(-40, 40, 2**16)
TABLE = 1 / (1 + np.exp(-NODES))


def rough_sigma(z):
    return np.interp(z, NODES, TABLE).astype(z.dtype)


IMPLEMENTATION = pointwise(sigma=rough_sigma)
