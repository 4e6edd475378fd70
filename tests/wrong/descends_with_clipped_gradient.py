"""Steps of a descent are no longer than α: a longer gradient is cut to norm 1."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, step


def descending(data, w, b, alpha, steps):
    for _ in range(steps):
        _, dw, db = gradient(data, w, b)
        norm = float(np.sqrt(dw @ dw + db * db))
        w, b = step(data, w, b, alpha / max(norm, 1.0))
    return w, b


IMPLEMENTATION = implementation(descend=descending)
