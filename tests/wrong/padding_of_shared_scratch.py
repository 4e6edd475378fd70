"""One scratch of dz for all problems, padded to 8 and not cleared: stale numbers of larger problems come in."""

from __future__ import annotations

import numpy as np
from _plain import implementation, losses, prepare, sigma

SCRATCH = {}


def prep(p):
    X, y = prepare(p)
    pad = -p.m % 8
    Xp = np.concatenate([X, np.repeat(X[:, -1:], pad, axis=1)], axis=1)
    s = SCRATCH.setdefault(p.dtype.char, [np.zeros(0, p.dtype)])
    if len(s[0]) < p.m + pad:
        s[0] = np.zeros(p.m + pad, p.dtype)
    return ((X, y), Xp, s, p.m + pad)


def grad(data, w, b):
    (X, y), Xp, s, n = data
    z = w @ X + b
    dz = s[0][:n]
    dz[: len(y)] = sigma(z) - y
    return (np.sum(losses(z, y)) / len(y), Xp @ dz / len(y), np.sum(dz) / len(y))


IMPLEMENTATION = implementation(prepare=prep, gradient=grad)
