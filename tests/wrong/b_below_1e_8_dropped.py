"""b below 10⁻⁸ is taken for 0."""

from __future__ import annotations

from _plain import gradient, implementation


def with_another_b(data, w, b):
    return gradient(data, w, b if abs(b) >= 1e-8 else 0 * b)


IMPLEMENTATION = implementation(gradient=with_another_b)
