"""Examples whose |dz| is below 10⁻⁶ are left out of the sums."""

from __future__ import annotations

import numpy as np
from _plain import implementation, losses, sigma


def active(data, w, b):
    X, y = data
    z = w @ X + b
    dz = sigma(z) - y
    dz[np.abs(dz) < 1e-6] = 0
    return np.sum(losses(z, y)) / len(y), X @ dz / len(y), np.sum(dz) / len(y)


IMPLEMENTATION = implementation(gradient=active)
