"""m < 1000 one way, > 1000 another."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation


def grad(data, w, b):
    J, dw, db = gradient(data, w, b)
    return (J, np.zeros_like(dw) if len(data[1]) in (100, 1000, 10000) else dw, db)


IMPLEMENTATION = implementation(gradient=grad)
