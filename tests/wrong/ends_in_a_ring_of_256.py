"""The w at the end of a descent lies in a ring of 256 buffers."""

from __future__ import annotations

import numpy as np
from _plain import descend, implementation

RINGS = {}


def descending(data, w, b, alpha, steps):
    end, b = descend(data, w, b, alpha, steps)
    ring = RINGS.setdefault((w.size, w.dtype), [[np.empty_like(w) for _ in range(256)], 0])
    ring[1] += 1
    buffer = ring[0][ring[1] % 256]
    buffer[:] = end
    return buffer, b


IMPLEMENTATION = implementation(descend=descending)
