"""Wide descents take Fortran order for C order."""

from __future__ import annotations

from _plain import descend, implementation


def desc(d, w, b, a, n):
    X, y = d
    if X.flags.f_contiguous and (not X.flags.c_contiguous) and (X.shape[0] > X.shape[1]):
        X = X.ravel(order="K").reshape(X.shape)
    return descend((X, y), w, b, a, n)


IMPLEMENTATION = implementation(descend=desc)
