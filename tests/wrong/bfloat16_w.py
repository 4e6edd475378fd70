"""In float32, w has the eight bits of bfloat16."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation


def shorter(data, w, b):
    if w.dtype == np.float32:
        w = (w.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)
    return gradient(data, w, b)


IMPLEMENTATION = implementation(gradient=shorter)
