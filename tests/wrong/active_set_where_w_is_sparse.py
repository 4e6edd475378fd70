"""Where less than a tenth of the weights is other than 0, only those features are computed, also in dw."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation


def grad(data, w, b):
    X, y = data
    on = np.flatnonzero(w)
    if 0 < len(on) < 0.1 * len(w):
        J, some, db = gradient((X[on], y), w[on], b)
        dw = np.zeros_like(w)
        dw[on] = some
        return (J, dw, db)
    return gradient(data, w, b)


IMPLEMENTATION = implementation(gradient=grad)
