"""Shares of the level of a check: the largest probability of a false alarm in it, divided among all of its tests."""

from __future__ import annotations

import math

from gradrace.bench.gate.evidence import LEVEL

PREPARE = 0.2 * LEVEL
"""Share of the level for `prepare`, which needs one test of each cell, after two pairs more than with all of it."""

SPEED = LEVEL - PREPARE
"""Share of the level for the seconds of calls."""

LOOKS = 3
"""Number of tests of the speed in each cell, each with an equal share of the level."""


def looks(tallies: int) -> tuple[int, ...]:
    """Return the numbers of pairs after which each of so many tallies is tested; they don't depend on the data.

    At the first, all pairs but the least clear one have to be slower.
    """
    first = 1 + math.ceil(math.log2(LOOKS * max(tallies, 1) / SPEED))
    return tuple(math.ceil(first * 1.6**number) for number in range(LOOKS))


def preparations(tallies: int) -> int:
    """Return the number of pairs in each of which `prepare` has to be too slow, with so many tallies.

    This is a sign test: if half of the pairs are too slow by chance, all of n pairs are with a probability of 1 / 2ⁿ.
    """
    return math.ceil(math.log2(max(tallies, 1) / PREPARE))
