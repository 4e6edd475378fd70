"""Threads that share the work of a gradient, or of the steps of a descent.

A gradient consists of parts, one for each thread, with sums of their own. They are added in a fixed order, so that the
bits are the same at every call: few sums in a tree, for which no thread waits for another one, and many by all threads.

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
"""Number of counters in two cache lines: the distance between counters that different threads use."""

STARTED, ARRIVED, BEGUN, DONE, STATE = (APART * k for k in range(5))
"""Places of counters: of parts that have started, of those that are finished, of slices of sums whose addition has
begun, of those that are added; and of the state.
"""

TREE = APART * 5
"""Place of the counters of the tree, one for each part: how many sums came to be added to it."""

LOOKS = 25_000
"""Number of looks, for each thread, before one that waits leaves: 9 µs. Waking takes 5 to 9 µs for each thread."""

PATIENCE = 40_000
"""Number of looks, without another part being finished, before a thread that would add sums leaves: 14 to 30 µs.

Four rows of 12,288 features, by which the threads' parts differ, take 25 µs.
"""

SHARED_FROM = 2048
"""Number of sums from which more than two threads share the additions.

Adding another core's sums takes 9 µs for 12,288 features. A tree takes that for each level: six times with 64 threads.
"""


@njit
def new_counters(parts: int) -> Any:
    """Return the team's counters, all 0.

    The state is the number of the step that threads are at, s; it is −(s + 1) if all leave after this step.
    """
    return np.zeros(TREE + parts, np.int64)


@njit
def begin(sums: Any, length: int, counters: Any) -> None:
    """Begin a part whose first `length` sums will be gathered."""
    stand_alone()
    if adds_together(sums, length):
        add(items(counters), STARTED, 1)


@njit
def adds_together(sums: Any, length: int) -> Any:
    """Return whether all threads together add the sums."""
    return len(sums) > 2 and length >= SHARED_FROM


@njit
def gather(sums: Any, length: int, part: int, counters: Any, step: int) -> Any:
    """Add the first `length` sums of all parts to sums[0], when this thread's part is finished.

    Return whether sums[0] now holds all, which is so for one of the threads.
    """
    stand_alone()
    if adds_together(sums, length):
        return gather_together(sums, length, items(counters), step)
    return gather_in_tree(sums, length, part, items(counters))


@njit
def gather_in_tree(sums: Any, length: int, part: int, counters: Any) -> Any:
    """Add pairs of parts, then pairs of pairs.

    The first of two that are finished leaves, the second adds, so that none waits. With 64 threads, each adds six times
    at most, and none adds the sums of all.
    """
    parts, span = len(sums), 1
    while span < parts:
        left = part // (2 * span) * (2 * span)
        right = left + span
        if right < parts:
            if add(counters, TREE + right, 1) % 2 == 0:
                return False
            for k in range(length):
                sums[left, k] += sums[right, k]
        span *= 2
    return True


@njit
def gather_together(sums: Any, length: int, counters: Any, step: int) -> Any:
    """Add slices of the sums, one for each part, by all threads that are there when all parts are finished.

    A thread waits while others come. It leaves if one hasn't started yet, which has no core or is being woken. The
    others then add its slice, even if only one is left. Without this, 16 threads on two cores took 1.8 times as long.
    """
    parts = len(sums)
    finished, looks = parts * (step + 1), 0
    arrived = add(counters, ARRIVED, 1) + 1
    if arrived < finished and load_atomic(counters, STARTED) < finished:
        return False
    while arrived < finished:
        before, arrived = arrived, load_atomic(counters, ARRIVED)
        looks = looks + 1 if arrived == before else 0
        if looks == PATIENCE:
            return False
    last = False
    place = load_atomic(counters, BEGUN)
    while place < finished:
        if replace(counters, BEGUN, place, place + 1):
            add_slice(sums, length, place - parts * step)
            last = add(counters, DONE, 1) + 1 == finished
        place = load_atomic(counters, BEGUN)
    return last


@njit
def add_slice(sums: Any, length: int, number: int) -> None:
    """Add one slice of the sums of all parts to sums[0], part by part."""
    parts = len(sums)
    start, stop = length * number // parts, length * (number + 1) // parts
    for part in range(1, parts):
        for k in range(start, stop):
            sums[0, k] += sums[part, k]


@njit
def finish(counters: Any, step: int) -> None:
    """Let all threads begin with the next step, unless one has left: then all leave."""
    replace(items(counters), STATE, step, step + 1)


@njit
def together(counters: Any, step: int) -> Any:
    """Wait until a step is finished; return whether all threads begin with the next one, or else leave.

    Others may be further already, and even have left after the next step.
    """
    address = items(counters)
    left = -(step + 1)
    for _ in range(LOOKS * (len(counters) - TREE)):
        state = load_atomic(address, STATE)
        if state != step:
            return state != left
    return not replace(address, STATE, step, left) and load_atomic(address, STATE) != left


@njit
def steps_made(counters: Any) -> Any:
    """Return the number of finished steps when all threads have left; they may begin with the next one."""
    counters[STATE] = abs(counters[STATE])
    return counters[STATE]
