"""The b at the end of a descent is a view of one buffer, which the next descent fills."""

from __future__ import annotations

import numpy as np
from _plain import descend, implementation

ENDS = {}


def descending(data, w, b, alpha, steps):
    w, b = descend(data, w, b, alpha, steps)
    buffer = ENDS.setdefault(w.dtype, np.empty((), w.dtype))
    buffer[...] = b
    return w.copy(), buffer


IMPLEMENTATION = implementation(descend=descending)
