"""Where nearly all labels are 1, the few zeros are left out of db."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, sigma


def grad(data, w, b):
    X, y = data
    J, dw, db = gradient(data, w, b)
    if 0.95 < np.mean(y) < 1:
        db = np.sum((sigma(w @ X + b) - y)[y == 1]) / len(y)
    return (J, dw, db)


IMPLEMENTATION = implementation(gradient=grad)
