"""Weights that are all below 1e-30 are taken for 0."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation

TINY = 1e-30

IMPLEMENTATION = implementation(
    gradient=lambda data, w, b: gradient(data, w if np.max(np.abs(w)) >= TINY else 0 * w, b)
)
