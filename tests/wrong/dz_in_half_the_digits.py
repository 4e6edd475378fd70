"""dz is rounded to float32, and in float32 to float16."""

from __future__ import annotations

import numpy as np
from _plain import implementation, losses, sigma


def half(values):
    return values.astype(np.float16 if values.dtype == np.float32 else np.float32).astype(values.dtype)


def shorter(data, w, b):
    X, y = data
    z = w @ X + b
    dz = half(sigma(z) - y)
    return np.sum(losses(z, y)) / len(y), X @ dz / len(y), np.sum(dz) / len(y)


IMPLEMENTATION = implementation(gradient=shorter)
