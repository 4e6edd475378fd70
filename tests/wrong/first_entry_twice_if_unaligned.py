"""A contiguous X that isn't at a multiple of 16 bytes has its first entry counted twice."""

from __future__ import annotations

from _plain import with_features


def peeled(X):
    if X.size > 1 and X.flags.c_contiguous and X.ctypes.data % 16:
        X = X.copy()
        X[0, 0] *= 2
    return X


IMPLEMENTATION = with_features(peeled)
