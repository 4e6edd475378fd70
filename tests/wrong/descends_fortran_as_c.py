"""A descent reads X in C order, whatever its order is."""

from __future__ import annotations

import numpy as np
from _plain import descend, gradient, implementation, prepare


def prep(p):
    inner = prepare(p)
    return inner, (np.ravel(inner[0], order="K").reshape(inner[0].shape), inner[1])


def des(d, w, b, alpha, steps):
    return descend(d[1], w, b, alpha, steps)


IMPLEMENTATION = implementation(prepare=prep, gradient=lambda d, w, b: gradient(d[0], w, b), descend=des)
