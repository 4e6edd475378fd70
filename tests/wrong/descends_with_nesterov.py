"""A descent looks ahead with Nesterov's momentum."""

from __future__ import annotations

from _plain import gradient, implementation


def descending(data, w, b, alpha, steps):
    rate, last_w, last_b = w.dtype.type(alpha), w, b
    for k in range(steps):
        ahead = w.dtype.type(k / (k + 3))
        w_ahead, b_ahead = w + ahead * (w - last_w), b + ahead * (b - last_b)
        last_w, last_b = w, b
        _, dw, db = gradient(data, w_ahead, b_ahead)
        w, b = w_ahead - rate * dw, b_ahead - rate * db
    return w, b


IMPLEMENTATION = implementation(descend=descending)
