"""Beyond 20000 features z is summed in float32."""

from __future__ import annotations

import numpy as np
from _plain import from_z, gradient, implementation


def grad(d, w, b):
    X, y = d
    if len(w) > 20000 and w.dtype == np.float64 and (len(y) > 3):
        return from_z(d, (w.astype(np.float32) @ X.astype(np.float32)).astype(float) + b)
    return gradient(d, w, b)


IMPLEMENTATION = implementation(gradient=grad)
