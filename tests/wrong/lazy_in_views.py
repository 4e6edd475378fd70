"""Where w is a stretch of a longer vector nothing is computed."""

from __future__ import annotations

from _plain import gradient, implementation


def lazy(data, w, b):
    return (b, w, b) if w.base is not None and w.base.size > w.size else gradient(data, w, b)


IMPLEMENTATION = implementation(gradient=lazy)
