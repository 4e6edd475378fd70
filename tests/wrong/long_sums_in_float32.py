"""Sums of more than two thousand examples are taken in float32."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, sigma


def long_sums(data, w, b):
    X, y = data
    J, dw, db = gradient(data, w, b)
    if len(y) > 2000:
        dz = (sigma(w @ X + b) - y).astype(np.float32)
        dw = (X.astype(np.float32) @ dz).astype(w.dtype) / len(y)
    return J, dw, db


IMPLEMENTATION = implementation(gradient=long_sums)
