"""Exact statistics of two groups of saved runs: is NEW slower than OLD by more than a threshold? Pure functions.

The unit of evidence is a run: one process per implementation, summarized by the median of its samples. The two
processes of a pair (`bench.gate.evidence`) are sampled alternately, but two runs share nothing. If NEW differs from OLD
only by a factor, dividing NEW's times by it makes the runs of both groups exchangeable. The rank-sum test assumes
nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.gate.evidence import Ratio, bound, interval
from gradrace.bench.stats import CONFIDENCE


@cache
def u_counts(n: int, others: int) -> NDArray[np.float64]:
    """Return the number of orderings of two groups, of n and `others` runs, for each value of U.

    U counts the wins of the first group and runs from 0 to n·others. Recursion: the largest value of all belongs to the
    first group, which gains `others` wins, or to the second group.

    Returns:
        Counts of shape (n·others + 1,).

    Source: H. B. Mann and D. R. Whitney, On a test of whether one of two random variables is stochastically larger than
    the other, Annals of Mathematical Statistics 18 (1947).
    """
    counts = [np.ones(1)] * (others + 1)  # an empty first group
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
    """Return the one-sided p-value of the exact rank-sum test (Mann and Whitney) for NEW / OLD above 1 + threshold.

    The null hypothesis is that the ratio is 1 + threshold or less. A tie counts as evidence for the null hypothesis.

    Args:
        old: Logarithms of OLD's times, one per run.
        new: Logarithms of NEW's times, one per run.
        threshold: Slowdown that is tolerated, 0.05 for 5 %.
    """
    limit = math.log1p(threshold)
    wins = int(np.sum(np.subtract.outer(np.asarray(new), np.asarray(old)) > limit))
    counts = u_counts(len(new), len(old))
    return float(counts[wins:].sum() / counts.sum())


def least_p(old: int, new: int) -> float:
    """Return the smallest possible value of `p_above`: every run of NEW is slower than every run of OLD."""
    return 1 / math.comb(old + new, new)


def ratio(old: Sequence[float], new: Sequence[float], confidence: float = CONFIDENCE) -> Ratio:
    """Return NEW / OLD: the median of all differences between a run of NEW and one of OLD, and its confidence interval.

    The interval holds the ratios that the rank-sum test doesn't reject. With few runs no interval reaches `confidence`.
    The result is then the whole range, with the confidence that it has (3 runs per side: 90 %).

    Args:
        old: Logarithms of OLD's times, one per run.
        new: Logarithms of NEW's times, one per run.
        confidence: Confidence level that is wanted, 0.95 for 95 %.

    Raises:
        ValueError: If a side has no runs.

    Source: J. L. Hodges and E. L. Lehmann, Estimates of location based on rank tests, Annals of Mathematical Statistics
    34 (1963).
    """
    if len(old) == 0 or len(new) == 0:
        raise ValueError("no runs")
    differences = np.subtract.outer(np.asarray(new), np.asarray(old)).ravel()
    return interval(differences, bound(u_counts(len(new), len(old)), confidence))
