"""A wide descent leaves X w of its start where gradients of equal b find it."""

from __future__ import annotations

from _plain import descend, from_z, gradient, implementation, prepare


def prep(p):
    return (prepare(p), {})


def grad(data, w, b):
    inner, kept = data
    if "z" in kept and kept["b"] == b:
        return from_z(inner, kept["z"] + b)
    return gradient(inner, w, b)


def desc(data, w, b, alpha, steps):
    inner, kept = data
    if len(w) > len(inner[1]) and steps:
        kept.update(z=w @ inner[0], b=b)
    return descend(inner, w, b, alpha, steps)


IMPLEMENTATION = implementation(prepare=prep, gradient=grad, descend=desc)
