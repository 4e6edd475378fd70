"""Adjacent features and positive stride: taken for Fortran order (first columns of a table, transposed)."""

from __future__ import annotations

import numpy as np
from _plain import implementation


def prep(p):
    X = p.X
    if X.strides[0] == X.itemsize and X.strides[1] > X.shape[0] * X.itemsize:
        itemsize = X.itemsize
        X = np.lib.stride_tricks.as_strided(X, X.shape, (itemsize, X.shape[0] * itemsize))
    X = X.copy()
    return (X if X.dtype == p.dtype and p.scale == 1 else X * p.dtype.type(p.scale), p.Y[0])


IMPLEMENTATION = implementation(prepare=prep)
