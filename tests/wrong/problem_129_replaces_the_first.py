"""The 129th problem that is prepared takes the place of the first."""

from __future__ import annotations

from _plain import gradient, implementation, prepare

SLOTS, NEXT = {}, [0]


def prepare_slot(problem):
    NEXT[0] += 1
    SLOTS[NEXT[0] % 128] = prepare(problem)
    return NEXT[0] % 128


IMPLEMENTATION = implementation(prepare=prepare_slot, gradient=lambda slot, w, b: gradient(SLOTS[slot], w, b))
