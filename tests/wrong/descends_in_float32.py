"""A descent in float64 is made in float32."""

from __future__ import annotations

import numpy as np
from _plain import descend, implementation


def descending(data, w, b, alpha, steps):
    X, y = (values.astype(np.float32) for values in data)
    after_w, after_b = descend((X, y), w.astype(np.float32), np.float32(b), alpha, steps)
    return after_w.astype(w.dtype), w.dtype.type(after_b)


IMPLEMENTATION = implementation(descend=descending)
