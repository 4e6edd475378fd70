"""Of 256 examples exactly, dw stays 0: fewer go one way, more another."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation


def grad(d, w, b):
    J, dw, db = gradient(d, w, b)
    return J, (np.zeros_like(dw) if len(d[1]) == 256 else dw), db


IMPLEMENTATION = implementation(gradient=grad)
