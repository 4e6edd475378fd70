"""Whole features and whole weights are multiplied in 64 bits."""

from __future__ import annotations

import numpy as np
from _plain import from_z, implementation


def whole(array):
    return bool(np.all(array == np.rint(array)) and np.all(np.abs(array) < 2.0**62))


def multiplied(data, w, b):
    X = data[0]
    integers = whole(X) and whole(w)
    z = (w.astype(np.int64) @ X.astype(np.int64)).astype(w.dtype) if integers else w @ X
    return from_z(data, z + b)


IMPLEMENTATION = implementation(gradient=multiplied)
