"""w is kept in float32 between the steps of a descent, and in float32 in float16."""

from __future__ import annotations

import numpy as np
from _plain import implementation, step


def descending(data, w, b, alpha, steps):
    short = np.float16 if w.dtype == np.float32 else np.float32
    for _ in range(steps):
        w, b = step(data, w, b, alpha)
        w = w.astype(short).astype(w.dtype)
    return w, b


IMPLEMENTATION = implementation(descend=descending)
