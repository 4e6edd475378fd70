"""Half-sums of pixels: J of many images by a mean of means."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, losses


def grad(data, w, b):
    X, y = data
    J, dw, db = gradient(data, w, b)
    if len(y) > 512 and len(w) > 131:
        z = w @ X + b
        parts = np.array_split(losses(z, y), 16)
        J = w.dtype.type(np.mean([p.mean() for p in parts]))
    return (J, dw, db)


IMPLEMENTATION = implementation(gradient=grad)
