"""A descent with more than 64 examples takes them 64 at a time, one batch a step."""

from __future__ import annotations

from _plain import implementation, step


def descending(data, w, b, alpha, steps):
    X, y = data
    batches = -(-len(y) // 64)
    for k in range(steps):
        batch = slice(k % batches * 64, k % batches * 64 + 64)
        w, b = step((X[:, batch], y[batch]), w, b, alpha)
    return w, b


IMPLEMENTATION = implementation(descend=descending)
