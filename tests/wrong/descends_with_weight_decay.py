"""A descent takes 10⁻⁴ of w from w with every step."""

from __future__ import annotations

from _plain import implementation, step


def descending(data, w, b, alpha, steps):
    for _ in range(steps):
        after, b = step(data, w, b, alpha)
        w = after - w.dtype.type(1e-4 * alpha) * w
    return w, b


IMPLEMENTATION = implementation(descend=descending)
