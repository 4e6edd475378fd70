"""From the tenth call on, J is computed at every tenth only, as for a plot."""

from __future__ import annotations

import itertools

from _plain import gradient, implementation, prepare


def remembering(data, w, b):
    inner, last, calls = data
    J, dw, db = gradient(inner, w, b)
    number = next(calls)
    if number < 10 or number % 10 == 0:
        last[:] = [J]
    return last[0], dw, db


IMPLEMENTATION = implementation(prepare=lambda problem: (prepare(problem), [], itertools.count()), gradient=remembering)
