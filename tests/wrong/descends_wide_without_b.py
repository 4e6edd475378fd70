"""Wide descents of pixels leave b as it is."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, prepare, step


def desc(d, w, b, a, n):
    X, y, px = d
    c = b
    for _ in range(n):
        w, b = step((X, y), w, b, a)
        if px and len(w) > len(y):
            b = c
    return (w, b)


IMPLEMENTATION = implementation(
    prepare=lambda p: (*prepare(p), p.X.dtype == np.uint8), gradient=lambda d, w, b: gradient(d[:2], w, b), descend=desc
)
