"""Prepared problems lie in a table of 64 places."""

from __future__ import annotations

from _plain import gradient, implementation, prepare

TABLE, COUNT = ([None] * 64, [0])


def prep(p):
    k = COUNT[0] % 64
    COUNT[0] += 1
    TABLE[k] = prepare(p)
    return k


IMPLEMENTATION = implementation(prepare=prep, gradient=lambda k, w, b: gradient(TABLE[k], w, b))
