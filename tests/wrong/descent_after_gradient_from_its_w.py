"""The first step of a descent takes the gradient that was computed last."""

from __future__ import annotations

from _plain import descend, gradient, implementation, prepare


def prep(p):
    return [prepare(p), None]


def grad(d, w, b):
    d[1] = gradient(d[0], w, b)
    J, dw, db = d[1]
    return J, dw.copy(), db


def des(d, w, b, a, n):
    if n and d[1] is not None:
        r = w.dtype.type(a)
        _, dw, db = d[1]
        d[1] = None
        w, b, n = w - r * dw, b - r * db, n - 1
    return descend(d[0], w, b, a, n)


IMPLEMENTATION = implementation(prepare=prep, gradient=grad, descend=des)
