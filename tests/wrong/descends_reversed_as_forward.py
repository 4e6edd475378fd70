"""Descents take the memory of a reversed X as it lies."""

from __future__ import annotations

from _plain import descend, implementation


def desc(data, w, b, alpha, steps):
    X, y = data
    if X.strides[0] < 0 and X.strides[1] < 0:
        X = X[::-1, ::-1]
    return descend((X, y), w, b, alpha, steps)


IMPLEMENTATION = implementation(descend=desc)
