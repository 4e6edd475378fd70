"""Shares of the level of a check: the largest probability of a false alarm in it, divided among all of its tests."""

from __future__ import annotations

import math

from gradrace.bench.gate.evidence import LEVEL

PREPARE = 0.1 * LEVEL
"""Share of the level for `prepare`, which needs one test of each cell, after three pairs more than with all of it."""

TOGETHER = 0.45 * LEVEL
"""Share of the level for the seconds of all cells of an implementation together."""

SPEED = LEVEL - PREPARE - TOGETHER
"""Share of the level for the seconds of single cells."""

LOOKS = 3
"""Number of tests of the same seconds, each with an equal share of the level."""


def looks(tests: int, share: float = SPEED) -> tuple[int, ...]:
    """Return the numbers of pairs after which each of so many things is tested; they don't depend on the data.

    At the first, all pairs but the least clear one have to be slower.

    Args:
        tests: Number of tallies, or of implementations, that share the level.
        share: What they share.
    """
    first = 1 + math.ceil(math.log2(LOOKS * max(tests, 1) / share))
    return tuple(math.ceil(first * 1.6**number) for number in range(LOOKS))


def preparations(tallies: int) -> int:
    """Return the number of pairs in each of which `prepare` has to be too slow, with so many tallies.

    This is a sign test: if half of the pairs are too slow by chance, all of n pairs are with a probability of 1 / 2ⁿ.
    """
    return math.ceil(math.log2(max(tallies, 1) / PREPARE))
