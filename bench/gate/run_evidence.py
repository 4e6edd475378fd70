"""Is NEW slower than OLD by more than a threshold? Exact statistics of two groups of saved runs; pure functions.

The unit of evidence is a run: one process for each implementation, and the median of its samples. Unlike the two
processes of a pair (`bench.gate.evidence`), those of two runs had nothing in common. If NEW differs from OLD by nothing
but a factor, runs could change places between the groups once NEW's are divided by it: all that the rank-sum test asks
for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.gate.evidence import Ratio, interval
from gradrace.bench.stats import CONFIDENCE


@cache
def u_counts(n: int, others: int) -> NDArray[np.float64]:
    """How many of the orders of two groups, n and `others`, have each U: wins of the first, 0 to n·others.

    Either the largest of all is of the first group, which wins `others` times by it, or of the second. Source: H. B.
    Mann and D. R. Whitney, On a test of whether one of two random variables is stochastically larger than the other,
    Annals of Mathematical Statistics 18 (1947).
    """
    counts = [np.ones(1)] * (others + 1)  # of no runs in the first group
    for first in range(1, n + 1):
        row = [np.ones(1)]
        for second in range(1, others + 1):
            both = np.zeros(first * second + 1)
            both[second:] += counts[second]
            both[: len(row[-1])] += row[-1]
            row.append(both)
        counts = row
    return counts[others]


def p_above(old: Sequence[float], new: Sequence[float], threshold: float) -> float:
    """The chance of evidence as strong as this for NEW / OLD above 1 + threshold, if it is 1 + threshold or less.

    old, new: logarithms, one of each run. The exact rank-sum test (Mann and Whitney); a tie speaks against.
    """
    limit = math.log1p(threshold)
    wins = int(np.sum(np.subtract.outer(np.asarray(new), np.asarray(old)) > limit))
    counts = u_counts(len(new), len(old))
    return float(counts[wins:].sum() / counts.sum())


def least_p(old: int, new: int) -> float:
    """What `p_above` is if all of so many runs of NEW are slower than all of OLD."""
    return 1 / math.comb(old + new, new)


def ratio(old: Sequence[float], new: Sequence[float], confidence: float = CONFIDENCE) -> Ratio:
    """NEW / OLD: the median of all differences between a run of NEW and one of OLD, and its interval.

    That holds the ratios which the rank-sum test doesn't reject. old, new: as for `p_above`.
    With few runs no interval reaches the confidence: then it is the whole range, with the confidence that it has
    (3 runs a side: 90 %). Source: J. L. Hodges and E. L. Lehmann, Estimates of location based on rank tests, Annals of
    Mathematical Statistics 34 (1963).
    """
    if len(old) == 0 or len(new) == 0:
        raise ValueError("no runs")
    differences = np.subtract.outer(np.asarray(new), np.asarray(old)).ravel()
    return interval(differences, u_counts(len(new), len(old)), confidence)
