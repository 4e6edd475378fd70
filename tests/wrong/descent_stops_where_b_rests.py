"""Stops where b does not change any more, though w does."""

from __future__ import annotations

from _plain import implementation, step


def desc(data, w, b, alpha, steps):
    for _ in range(steps):
        w, c = step(data, w, b, alpha)
        if c == b:
            break
        b = c
    return (w, b)


IMPLEMENTATION = implementation(descend=desc)
