"""A descent returns the w that it was given."""

from __future__ import annotations

from _plain import descend, implementation


def descending(data, w, b, alpha, steps):
    return w, descend(data, w, b, alpha, steps)[1]


IMPLEMENTATION = implementation(descend=descending)
