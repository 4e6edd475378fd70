"""The first step of a descent that goes on has the velocity of the last one."""

from __future__ import annotations

import numpy as np
from _plain import gradient, implementation, prepare, step


def prep(p):
    return (prepare(p), {})


def desc(data, w, b, alpha, steps):
    inner, kept = data
    v = kept["v"] if kept and np.array_equal(kept["w"], w) and (kept["b"] == b) else 0 * w
    for k in range(steps):
        old = w
        w, b = step(inner, w, b, alpha)
        if k == 0:
            w = w + w.dtype.type(0.5) * v
    if steps:
        kept.update(w=w.copy(), b=b, v=w - old)
    return (w, b)


IMPLEMENTATION = implementation(prepare=prep, gradient=lambda d, w, b: gradient(d[0], w, b), descend=desc)
