"""A descent works on raw pixels, without the scale."""

from __future__ import annotations

import numpy as np
from _plain import descend, gradient, implementation, prepare


def prep(p):
    return prepare(p), (p.X.astype(p.dtype) if p.X.dtype == np.uint8 else p.features(), p.Y[0])


def des(d, w, b, alpha, steps):
    return descend(d[1], w, b, alpha, steps)


IMPLEMENTATION = implementation(prepare=prep, gradient=lambda d, w, b: gradient(d[0], w, b), descend=des)
