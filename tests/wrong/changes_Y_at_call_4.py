"""The fourth call turns the first label round, in the problem's own Y."""

from __future__ import annotations

import itertools

from _plain import gradient, implementation, prepare


def changing(data, w, b):
    inner, calls = data
    result = gradient(inner, w, b)
    if next(calls) == 4 and inner[1].flags.writeable:
        inner[1][0] = 1 - inner[1][0]
    return result


IMPLEMENTATION = implementation(prepare=lambda problem: (prepare(problem), itertools.count(1)), gradient=changing)
