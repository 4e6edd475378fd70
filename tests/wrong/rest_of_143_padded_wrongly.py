"""Blocks of 144 examples; a last one that lacks one example counts its neighbour twice."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation


def padded(data, w, b):
    X, y = data
    if len(y) > 144 and len(y) % 144 == 143:
        places = np.r_[np.arange(len(y)), len(y) - 1]
        return gradient((X[:, places], y[places]), w, b)
    return gradient(data, w, b)


IMPLEMENTATION = implementation(gradient=padded)
