"""n_x < 512 one way, > 512 another, 512 neither: dw stays 0."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation


def grad(data, w, b):
    J, dw, db = gradient(data, w, b)
    return (J, np.zeros_like(dw) if len(w) in (512, 1024, 2048) else dw, db)


IMPLEMENTATION = implementation(gradient=grad)
