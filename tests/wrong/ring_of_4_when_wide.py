"""With 256 features or more, dw lies in a ring of four buffers."""

from __future__ import annotations

from itertools import count

import numpy as np
from _plain import gradient, implementation, prepare


def prep(p):
    return prepare(p), [np.empty(p.n_x, p.dtype) for _ in range(4)], count()


def grad(d, w, b):
    J, dw, db = gradient(d[0], w, b)
    if len(w) < 256:
        return J, dw, db
    o = d[1][next(d[2]) % 4]
    o[:] = dw
    return J, o, db


IMPLEMENTATION = implementation(prepare=prep, gradient=grad)
