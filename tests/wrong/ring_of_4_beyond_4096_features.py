"""dw of more than 4096 features lie in 4 buffers by turns."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, prepare


def prep(p):
    return (prepare(p), [np.empty(p.n_x, p.dtype) for _ in range(4)] if p.n_x > 4096 else [], [0])


def grad(data, w, b):
    inner, ring, k = data
    J, dw, db = gradient(inner, w, b)
    if ring:
        ring[k[0] % 4][:] = dw
        dw = ring[k[0] % 4]
        k[0] += 1
    return (J, dw, db)


IMPLEMENTATION = implementation(prepare=prep, gradient=grad)
