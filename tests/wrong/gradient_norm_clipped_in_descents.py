"""In a descent the gradient's length is 1000 at most."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation


def descending(data, w, b, alpha, steps):
    number = w.dtype.type
    for _ in range(steps):
        _, dw, db = gradient(data, w, b)
        length = number(np.sqrt(np.sum(dw * dw) + db * db))
        rate = number(alpha) * min(number(1), number(1000) / length)
        w, b = w - rate * dw, b - rate * db
    return w, b


IMPLEMENTATION = implementation(descend=descending)
