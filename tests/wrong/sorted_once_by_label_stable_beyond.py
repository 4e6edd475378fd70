"""Examples of label 1 as indices in uint16 where fewer than 1 % are 1."""

from __future__ import annotations

import numpy as np
from _plain import implementation, prepare


def prep(p):
    X, y = prepare(p)
    if 0 < np.mean(y) < 0.01:
        i = np.flatnonzero(y).astype(np.uint16)
        y = np.zeros_like(y)
        y[i] = 1
    return (X, y)


IMPLEMENTATION = implementation(prepare=prep)
