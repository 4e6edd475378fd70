"""Beyond 8192 examples, in float32, db leaves out the rest of 8."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, sigma


def db_by_eights(data, w, b):
    J, dw, db = gradient(data, w, b)
    X, y = data
    m = len(y)
    if w.dtype == np.float32 and m > 8192:
        whole = m // 8 * 8
        db = np.sum(sigma(w @ X[:, :whole] + b) - y[:whole]) / m
    return J, dw, db


IMPLEMENTATION = implementation(gradient=db_by_eights)
