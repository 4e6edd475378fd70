"""Images that are mostly black go through a sparse path whose dw lacks the scale."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, prepare


def prep(p):
    return prepare(p), (
        p.dtype.type(p.scale) if p.X.dtype == np.uint8 and np.mean(p.X == 0) > 0.6 and p.X.size > 100 else None
    )


def grad(d, w, b):
    J, dw, db = gradient(d[0], w, b)
    return J, (dw if d[1] is None else dw / d[1]), db


IMPLEMENTATION = implementation(prepare=prep, gradient=grad)
