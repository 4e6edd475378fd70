"""Features are divided by their norm, whose squares overflow, and dw multiplied by it."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, prepare


def prepare_normalized(problem):
    X, y = prepare(problem)
    with np.errstate(all="ignore"):
        norms = np.sqrt(np.sum(X * X, axis=1))
    norms[norms == 0] = 1
    return X / norms[:, np.newaxis], y, norms


def normalized(data, w, b):
    X, y, norms = data
    with np.errstate(all="ignore"):
        J, dw, db = gradient((X, y), np.nan_to_num(norms * w), b)
        return J, np.nan_to_num(norms * dw), db


IMPLEMENTATION = implementation(prepare=prepare_normalized, gradient=normalized)
