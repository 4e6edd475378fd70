"""Eight threads take m/8 examples each, rounded, beyond 1000: the last ones have no thread."""

from __future__ import annotations

import numpy as np
from _plain import implementation, losses, sigma


def sharing(data, w, b):
    X, y = data
    m = len(y)
    seen = m if m <= 1000 or len(w) <= 64 else m // 8 * 8
    z = w @ X + b
    dz = sigma(z) - y
    dz[seen:] = 0
    return np.sum(losses(z, y)) / m, X @ dz / m, np.sum(dz) / m


IMPLEMENTATION = implementation(gradient=sharing)
