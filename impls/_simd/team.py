"""Threads that share the work of a gradient, or of the steps of a descent.

A gradient consists of parts, one for each thread, with sums of their own. They are added in a fixed tree, so that the
bits are the same at every call.

In a descent, a thread that has finished its part of a step looks at the state of the team for a while, until the others
have finished theirs. If they haven't by then, another program may have their core. Then all threads leave after this
step, and begin anew: those that wait sleep, and the system moves the others to their cores. So any number of threads
make all steps, even one after the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from gradrace.impls._simd.atomics import add, load_atomic, replace, stand_alone
from gradrace.impls._simd.instructions import items

APART = 16
"""Counters of two cache lines, between what different threads look at and change."""

LOOKS = 25_000
"""Number of looks, for each thread, before one that waits leaves: 9 µs. Waking takes 5 to 9 µs for each thread."""


@njit
def new_counters(parts: int) -> Any:
    """Return the team's counters, all 0: for each part, how many sums came to be added to it; and the state.

    The state is the number of the step that threads are at, s; it is −(s + 1) if all leave after this step.
    """
    return np.zeros(parts + 2 * APART, np.int64)


@njit
def gather(sums: Any, length: int, part: int, counters: Any) -> Any:
    """Add the first `length` sums of a finished part to its neighbour's; return whether sums[0] now holds all.

    Pairs of parts are added, then pairs of pairs. The first of two that are finished leaves, the second adds, so that
    none waits. With 64 threads, each adds six times at most, and none adds the sums of all.
    """
    stand_alone()
    parts, span = len(sums), 1
    while span < parts:
        left = part // (2 * span) * (2 * span)
        right = left + span
        if right < parts:
            if add(items(counters), right, 1) % 2 == 0:
                return False
            for k in range(length):
                sums[left, k] += sums[right, k]
        span *= 2
    return True


@njit
def finish(counters: Any, step: int) -> None:
    """Let all threads begin with the next step, unless one has left: then all leave."""
    replace(items(counters), place_of_state(counters), step, step + 1)


@njit
def together(counters: Any, step: int) -> Any:
    """Wait until a step is finished; return whether all threads begin with the next one, or else leave.

    Others may be further already, and even have left after the next step.
    """
    address, place = items(counters), place_of_state(counters)
    left = -(step + 1)
    for _ in range(LOOKS * (place - APART)):
        state = load_atomic(address, place)
        if state != step:
            return state != left
    return not replace(address, place, step, left) and load_atomic(address, place) != left


@njit
def steps_made(counters: Any) -> Any:
    """Return the number of finished steps when all threads have left; they may begin with the next one."""
    place = place_of_state(counters)
    counters[place] = abs(counters[place])
    return counters[place]


@njit
def place_of_state(counters: Any) -> Any:
    """Return the index of the state: APART behind the parts."""
    return len(counters) - APART
