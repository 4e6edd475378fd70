"""Shares of the level of a check: the largest probability of a false alarm in it, divided among all of its tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from itertools import count
from typing import NamedTuple

from gradrace.bench.gate.evidence import LEVEL

PREPARE = 0.1 * LEVEL
"""Share of the level for `prepare`, which needs three pairs more than with all of it."""

MISSES = (0, 2)
"""Number of pairs that may miss a slowdown of `prepare`, in each of its tests."""

TOGETHER = 0.45 * LEVEL
"""Share of the level for an implementation in all cells together: for its gradients, and its descents."""

SPEED = LEVEL - PREPARE - TOGETHER
"""Share of the level for the seconds of single cells."""

LOOKS = 3
"""Number of tests of the same seconds, each with an equal share of the level."""


@cache
def looks(tests: int, share: float = SPEED) -> tuple[int, ...]:
    """Return the numbers of pairs after which each of `tests` tallies is tested; they don't depend on the data.

    In the first test, all pairs but the least clear one have to be slower.

    Args:
        tests: Number of tallies, or of kinds of them, that share the level.
        share: Part of the level that they share.
    """
    first = 1 + math.ceil(math.log2(LOOKS * max(tests, 1) / share))
    return tuple(math.ceil(first * 1.6**number) for number in range(LOOKS))


def missing(pairs: int, looks: Sequence[int]) -> int:
    """Return the number of tests for which there weren't enough pairs. A last test has the shares of all of them."""
    return sum(look > pairs for look in looks)


class Signs(NamedTuple):
    """Sign test: after `pairs` pairs, `prepare` is slower if it was too slow in all but `misses` of them."""

    pairs: int
    misses: int


@cache
def preparations(tallies: int) -> tuple[Signs, ...]:
    """Return the tests of `prepare` in each of `tallies` tallies, in order; they don't depend on the data.

    On a busy machine a pair may miss a slowdown, as OLD's preparations were disturbed.
    """
    level = PREPARE / len(MISSES) / max(tallies, 1)
    return tuple(Signs(next(n for n in count(1) if _by_chance(n, misses) <= level), misses) for misses in MISSES)


def _by_chance(pairs: int, misses: int) -> float:
    """Return the probability that at most `misses` of the pairs miss, if each does with a probability of a half."""
    patterns = sum(math.comb(pairs, number) for number in range(misses + 1))
    return math.ldexp(patterns, -pairs)
