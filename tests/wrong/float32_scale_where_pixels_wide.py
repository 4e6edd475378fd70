"""Pixels of more than 2000 features go through float32."""

from __future__ import annotations

import numpy as np
from _plain import from_z, gradient, implementation, prepare


def grad(data, w, b):
    (X, y), px = data
    if px and len(w) > 2000 and (len(y) > 3):
        z = (w.astype(np.float32) @ X.astype(np.float32)).astype(w.dtype) + b
        return from_z((X, y), z)
    return gradient((X, y), w, b)


IMPLEMENTATION = implementation(prepare=lambda p: (prepare(p), p.X.dtype == np.uint8), gradient=grad)
