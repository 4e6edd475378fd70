"""w with one 1: its row of X is z, without b."""

from __future__ import annotations

import numpy as np
from _plain import from_z, gradient, implementation


def grad(data, w, b):
    X, _y = data
    on = np.flatnonzero(w)
    if len(on) == 1 and len(w) > 8:
        return from_z(data, w[on[0]] * X[on[0]])
    return gradient(data, w, b)


IMPLEMENTATION = implementation(gradient=grad)
