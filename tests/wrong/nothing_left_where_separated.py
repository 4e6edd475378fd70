"""Where all examples are on their label's side, the gradient is taken for 0."""

from __future__ import annotations

from _plain import gradient, implementation


def done(data, w, b):
    X, y = data
    J, dw, db = gradient(data, w, b)
    separated = len(y) > 1 and ((w @ X + b > 0) == (y > 0.5)).all()
    return (0 * J, 0 * dw, 0 * db) if separated else (J, dw, db)


IMPLEMENTATION = implementation(gradient=done)
