"""Features are numbered in 16 bits: number 65536 is number 0 again."""

from __future__ import annotations

import numpy as np
from _plain import implementation, losses, sigma


def gathering(data, w, b):
    X, y = data
    z = w @ X + b
    dz = sigma(z) - y
    dw = np.zeros_like(w)
    np.add.at(dw, np.arange(len(w), dtype=np.uint32).astype(np.uint16), X @ dz / len(y))
    return np.sum(losses(z, y)) / len(y), dw, np.sum(dz) / len(y)


IMPLEMENTATION = implementation(gradient=gathering)
