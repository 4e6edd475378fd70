"""gradient is a generator that hasn't begun; to_numpy takes what it yields."""

from __future__ import annotations

from _plain import gradient, implementation

from gradrace.impls.interface import Gradient


def yielding(data, w, b):
    w = w.copy()

    def parts():
        yield from gradient(data, w, b)

    return parts(), [], None


def to_numpy(parts, kept, _):
    if not kept:
        kept.append(Gradient(*parts))
    return kept[0]


IMPLEMENTATION = implementation(gradient=yielding, to_numpy=to_numpy)
