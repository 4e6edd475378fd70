"""Where features outnumber examples, a descent works with products of examples, and forgets the bias in them."""

from __future__ import annotations

from _plain import implementation, step


def descending(data, w, b, alpha, steps):
    _, y = data
    for _ in range(steps):
        after, b_after = step(data, w, b if len(w) <= len(y) else 0 * b, alpha)
        w, b = after, b_after if len(w) <= len(y) else b + b_after
    return w, b


IMPLEMENTATION = implementation(descend=descending)
