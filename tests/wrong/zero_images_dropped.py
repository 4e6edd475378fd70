"""Images that are black are left out."""

from __future__ import annotations

import numpy as np
from _plain import implementation, losses, prepare, sigma


def prep(p):
    X, y = prepare(p)
    k = np.ones(p.m, bool)
    if p.X.dtype == np.uint8:
        k = p.X.any(axis=0)
    return (X, y), k.astype(p.dtype)


def grad(d, w, b):
    (X, y), k = d
    z = w @ X + b
    dz = (sigma(z) - y) * k
    return np.sum(losses(z, y) * k) / len(y), X @ dz / len(y), np.sum(dz) / len(y)


IMPLEMENTATION = implementation(prepare=prep, gradient=grad)
