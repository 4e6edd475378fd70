"""b below −1 is taken for −1."""

from __future__ import annotations

from _plain import gradient, implementation


def with_another_b(data, w, b):
    return gradient(data, w, max(b, w.dtype.type(-1)))


IMPLEMENTATION = implementation(gradient=with_another_b)
