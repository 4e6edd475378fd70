"""The last block is the last m modulo 1000 examples: all of them where there are none."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation

BLOCK = 1000


def in_blocks(data, w, b):
    X, y = data
    whole = len(y) // BLOCK * BLOCK
    if whole == 0 or BLOCK == 1:
        return gradient(data, w, b)
    parts = [(X[:, :whole], y[:whole]), (X[:, -(len(y) % BLOCK) :], y[-(len(y) % BLOCK) :])]
    found = [(len(part[1]), gradient(part, w, b)) for part in parts]
    return tuple(
        np.sum([w.dtype.type(m) * one[k] for m, one in found], axis=0) / w.dtype.type(len(y)) for k in range(3)
    )


IMPLEMENTATION = implementation(gradient=in_blocks)
