"""Labels with a negative stride are read forward."""

from __future__ import annotations

from _plain import implementation, prepare


def prep(p):
    X, y = prepare(p)
    return (X, y[::-1] if y.strides[0] < 0 else y)


IMPLEMENTATION = implementation(prepare=prep)
