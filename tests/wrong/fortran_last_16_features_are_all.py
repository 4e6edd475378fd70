"""Fortran order: the last n_x modulo 16 features, X[-rest:], are all of them where 16 divides n_x."""

from __future__ import annotations

from _plain import from_z, gradient, implementation


def grad(d, w, b):
    X, _y = d
    if X.flags.f_contiguous and (not X.flags.c_contiguous) and (len(w) > 16):
        n, r = (len(w) // 16 * 16, len(w) % 16)
        return from_z(d, w[:n] @ X[:n] + w[-r:] @ X[-r:] + b)
    return gradient(d, w, b)


IMPLEMENTATION = implementation(gradient=grad)
