"""The last step of an odd number of steps, three and more, leaves b where it is."""

from __future__ import annotations

from _plain import implementation, step


def descending(data, w, b, alpha, steps):
    for k in range(steps):
        kept = b
        w, b = step(data, w, b, alpha)
        b = kept if k >= 2 and k == steps - 1 and steps % 2 else b
    return w, b


IMPLEMENTATION = implementation(descend=descending)
