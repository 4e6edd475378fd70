"""A descent keeps nine tenths of the last step's direction."""

from __future__ import annotations

from _plain import gradient, implementation


def descending(data, w, b, alpha, steps):
    rate, keep, v_w, v_b = w.dtype.type(alpha), w.dtype.type(0.9), 0 * w, 0 * b
    for _ in range(steps):
        _, dw, db = gradient(data, w, b)
        v_w, v_b = keep * v_w + dw, keep * v_b + db
        w, b = w - rate * v_w, b - rate * v_b
    return w, b


IMPLEMENTATION = implementation(descend=descending)
