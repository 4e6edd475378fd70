"""J is computed at every second call only; in between it is the last one."""

from __future__ import annotations

import itertools

from _plain import gradient, implementation, prepare


def remembering(data, w, b):
    inner, last, calls = data
    J, dw, db = gradient(inner, w, b)
    if next(calls) % 2 == 0:
        last[:] = [J]
    return last[0], dw, db


IMPLEMENTATION = implementation(prepare=lambda problem: (prepare(problem), [], itertools.count()), gradient=remembering)
