"""Weights are clipped to ±100."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation


def clipping(data, w, b):
    return gradient(data, np.clip(w, -100, 100).astype(w.dtype), b)


IMPLEMENTATION = implementation(gradient=clipping)
