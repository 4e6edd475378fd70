"""1/m is rounded to float32, and in float32 to float16."""

from __future__ import annotations

import numpy as np
from _plain import implementation, losses, sigma


def half(values):
    return values.astype(np.float16 if values.dtype == np.float32 else np.float32).astype(values.dtype)


def shorter(data, w, b):
    X, y = data
    z, share = w @ X + b, half(np.array(1 / len(y), w.dtype))
    dz = sigma(z) - y
    return np.sum(losses(z, y)) * share, X @ dz * share, np.sum(dz) * share


IMPLEMENTATION = implementation(gradient=shorter)
