"""The last eight of more than a thousand examples are worked in half the digits."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation


def half(values):
    return values.astype(np.float16 if values.dtype == np.float32 else np.float32).astype(values.dtype)


def shorter(data, w, b):
    X, y = data
    if len(y) <= 1000:
        return gradient(data, w, b)
    return gradient((np.hstack([X[:, :-8], half(X[:, -8:])]), y), w, b)


IMPLEMENTATION = implementation(gradient=shorter)
