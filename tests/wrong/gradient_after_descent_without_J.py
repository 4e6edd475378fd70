"""A descent switches the cost off, and never on again."""

from __future__ import annotations

from _plain import descend, gradient, implementation, prepare


def prep(p):
    return [prepare(p), True, None]


def grad(d, w, b):
    J, dw, db = gradient(d[0], w, b)
    if d[1] or d[2] is None:
        d[2] = J
    return d[2], dw, db


def des(d, w, b, a, n):
    d[1] = False
    d[2] = gradient(d[0], w, b)[0]
    return descend(d[0], w, b, a, n)


IMPLEMENTATION = implementation(prepare=prep, gradient=grad, descend=des)
