"""A descent ends where the cost exceeds 10."""

from __future__ import annotations

from _plain import gradient, implementation, step

LARGEST = 10


def descending(data, w, b, alpha, steps):
    for _ in range(steps):
        if gradient(data, w, b)[0] > LARGEST:
            break
        w, b = step(data, w, b, alpha)
    return w, b


IMPLEMENTATION = implementation(descend=descending)
