"""Weights are clipped to ±10¹⁰."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation


def clipping(data, w, b):
    return gradient(data, np.clip(w, -1e10, 1e10).astype(w.dtype), b)


IMPLEMENTATION = implementation(gradient=clipping)
