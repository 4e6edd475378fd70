"""Pixels of one feature: the vector path forgets the scale."""

from __future__ import annotations

import numpy as np
from _plain import implementation, prepare


def prep(p):
    X, y = prepare(p)
    if p.X.dtype == np.uint8 and p.n_x == 1:
        X = p.X.astype(p.dtype)
    return (X, y)


IMPLEMENTATION = implementation(prepare=prep)
