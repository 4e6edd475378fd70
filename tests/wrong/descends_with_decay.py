"""The learning rate of a descent shrinks by a thousandth with every step."""

from __future__ import annotations

from _plain import implementation, step


def descending(data, w, b, alpha, steps):
    for k in range(steps):
        w, b = step(data, w, b, alpha * 0.999**k)
    return w, b


IMPLEMENTATION = implementation(descend=descending)
