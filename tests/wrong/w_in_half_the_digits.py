"""w is rounded to float32, and in float32 to float16."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation


def half(values):
    return values.astype(np.float16 if values.dtype == np.float32 else np.float32).astype(values.dtype)


def shorter(data, w, b):
    return gradient(data, half(w), b)


IMPLEMENTATION = implementation(gradient=shorter)
