"""Scratch of X is kept by shape, in the dtype that came first."""

from __future__ import annotations

import numpy as np
from _plain import from_z, implementation, prepare

KEPT = {}


def prep(p):
    X, y = prepare(p)
    scratch = KEPT.setdefault(p.m, np.empty(p.m, p.dtype))
    return (X, y, scratch)


def grad(data, w, b):
    X, y, scratch = data
    np.copyto(scratch, w @ X + b, casting="same_kind")
    J, dw, db = from_z((X, y), scratch)
    t = w.dtype.type
    return (t(J), dw.astype(w.dtype), t(db))


IMPLEMENTATION = implementation(prepare=prep, gradient=grad)
