"""Where all weights are 0, every a is taken for 1/2, whatever b is."""

from __future__ import annotations

from _plain import gradient, implementation


def with_another_b(data, w, b):
    return gradient(data, w, b if w.any() else 0 * b)


IMPLEMENTATION = implementation(gradient=with_another_b)
