"""Descents take labels that lie apart as if they were adjacent."""

from __future__ import annotations

import numpy as np
from _plain import descend, implementation


def desc(data, w, b, alpha, steps):
    X, y = data
    if y.strides[0] > y.itemsize:
        y = np.lib.stride_tricks.as_strided(y, y.shape, (y.itemsize,))
    return descend((X, y), w, b, alpha, steps)


IMPLEMENTATION = implementation(descend=desc)
