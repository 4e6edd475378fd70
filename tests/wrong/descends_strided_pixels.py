"""Descents take pixels that are neither C nor F unscaled."""

from __future__ import annotations

import numpy as np
from _plain import descend, gradient, implementation, prepare


def prep(p):
    X, y = prepare(p)
    odd = p.X.dtype == np.uint8 and (not p.X.flags.c_contiguous) and (not p.X.flags.f_contiguous)
    return (X, y, p.X.astype(p.dtype) if odd else X)


IMPLEMENTATION = implementation(
    prepare=prep,
    gradient=lambda d, w, b: gradient(d[:2], w, b),
    descend=lambda d, w, b, a, n: descend((d[2], d[1]), w, b, a, n),
)
