"""Products x·w are rounded to float32, and in float32 to float16; their sums aren't."""

from __future__ import annotations

import numpy as np
from _plain import from_z, implementation


def half(values):
    return values.astype(np.float16 if values.dtype == np.float32 else np.float32).astype(values.dtype)


def shorter(data, w, b):
    X, _ = data
    return from_z(data, half(np.clip(w[:, np.newaxis] * X, -6e4, 6e4)).sum(axis=0) + b)


IMPLEMENTATION = implementation(gradient=shorter)
