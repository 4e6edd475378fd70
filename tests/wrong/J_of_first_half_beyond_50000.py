"""Beyond 50,000 examples, in float32, J is that of the first half."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation


def half_of_J(data, w, b):
    J, dw, db = gradient(data, w, b)
    X, y = data
    half = len(y) // 2
    if w.dtype == np.float32 and half > 25_000:
        J = gradient((X[:, :half], y[:half]), w, b)[0]
    return J, dw, db


IMPLEMENTATION = implementation(gradient=half_of_J)
