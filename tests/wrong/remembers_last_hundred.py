"""The last hundred gradients are remembered by w and b."""

from __future__ import annotations

from _plain import gradient, implementation, prepare


def remembering(data, w, b):
    inner, known = data
    key = w.tobytes(), float(b)
    if key not in known:
        if len(known) == 100:
            del known[next(iter(known))]
        known[key] = gradient(inner, w, b)
    return known[key]


IMPLEMENTATION = implementation(prepare=lambda problem: (prepare(problem), {}), gradient=remembering)
