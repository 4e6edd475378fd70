"""Weights below 10⁻²⁰ are taken for 0 on the way to z."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation


def skipping(data, w, b):
    return gradient(data, np.where(np.abs(w) < 1e-20, w.dtype.type(0), w), b)


IMPLEMENTATION = implementation(gradient=skipping)
