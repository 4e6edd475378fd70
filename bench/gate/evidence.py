"""Exact statistics of pairs of processes: is NEW slower than OLD by more than a threshold? Pure functions.

The unit of evidence is a pair: one fresh process of each side, sampled alternately, summarized by the median of its
log-ratios. Samples within a process share its memory pages and its compiled code, so only another process is
independent evidence. If the two sides differ only by a factor, the two processes of a pair are exchangeable. A pair's
log-ratio is then distributed symmetrically about the logarithm of that factor. The signed-rank test assumes nothing
else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.stats import CONFIDENCE

LEVEL = 0.01
"""Largest probability of a false alarm in a run, even if every true ratio is as high as the threshold."""


class Verdict(StrEnum):
    """Verdict of the evidence on one implementation in one cell."""

    FASTER = "faster"
    SAME = "same"
    NOT_SLOWER = "not slower"
    SLOWER = "slower"
    UNKNOWN = "can't tell"


class Ratio(NamedTuple):
    """NEW's time / OLD's, with an interval that contains the true ratio with at least `confidence`."""

    middle: float
    low: float
    high: float
    confidence: float


@cache
def signed_rank_counts(n: int) -> NDArray[np.float64]:
    """Return the number of the 2ⁿ sign patterns of the ranks 1..n for each sum of positive ranks, 0 to n(n + 1)/2.

    Returns:
        Counts of shape (n(n + 1)/2 + 1,).
    """
    counts = np.ones(1)
    for rank in range(1, n + 1):
        longer = np.zeros(len(counts) + rank)
        longer[: len(counts)] += counts
        longer[rank:] += counts
        counts = longer
    return counts


def p_above(log_ratios: Sequence[float], threshold: float) -> float:
    """Return the one-sided p-value of the exact signed-rank test for a ratio above 1 + threshold.

    The null hypothesis is that the ratio is 1 + threshold or less. A difference of 0 counts as evidence for the null
    hypothesis. Source: F. Wilcoxon, Individual comparisons by ranking methods, Biometrics Bulletin 1 (1945).

    Args:
        log_ratios: Logarithms of NEW's time / OLD's, one per pair.
        threshold: Slowdown that is tolerated, 0.05 for 5 %.
    """
    differences = np.asarray(log_ratios) - math.log1p(threshold)
    n = len(differences)
    order = np.argsort(np.abs(differences), kind="stable")
    positive = differences[order] > 0
    rank_sum = int(np.sum(np.arange(1, n + 1)[positive]))
    return float(signed_rank_counts(n)[rank_sum:].sum() / 2.0**n)


def rejected(p: Sequence[float], level: float) -> list[bool]:
    """Return whether each test rejects, with a probability of at most `level` that any of them does so wrongly.

    The smallest p is compared with level / n, the next with level / (n − 1), and so on until one is above. Source: S.
    Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979).
    """
    found = [False] * len(p)
    for place, number in enumerate(sorted(range(len(p)), key=lambda number: p[number])):
        if p[number] > level / (len(p) - place):
            break
        found[number] = True
    return found


def ratio(log_ratios: Sequence[float], confidence: float = CONFIDENCE) -> Ratio:
    """Return the median of all means of two pairs, and the interval of ratios that the signed-rank test doesn't reject.

    With few pairs no interval reaches `confidence`. The result is then the whole range, with the confidence that it has
    (4 pairs: 87 %).

    Args:
        log_ratios: Logarithms of NEW's time / OLD's, one per pair.
        confidence: Confidence level that is wanted, 0.95 for 95 %.

    Raises:
        ValueError: If there are no pairs.

    Source: J. L. Hodges and E. L. Lehmann, Estimates of location based on rank tests, Annals of Mathematical Statistics
    34 (1963).
    """
    if not log_ratios:
        raise ValueError("no pairs")
    return _ratio(tuple(log_ratios), confidence)


@lru_cache(1000)  # the schedule needs those of all cells for each pair, and one pair changes few of them
def _ratio(log_ratios: tuple[float, ...], confidence: float) -> Ratio:
    values = np.array(log_ratios)
    i, j = _two(len(values))
    return interval((values[i] + values[j]) / 2, _signed_rank_bound(len(values), confidence))


@cache
def _two(n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the places of every two of n pairs, a pair and itself included."""
    i, j = np.triu_indices(n)
    return i, j


class Bound(NamedTuple):
    """Place of an interval's ends among the sorted values, counted from 1 from either end, and its confidence."""

    place: int
    confidence: float


@cache
def _signed_rank_bound(n: int, confidence: float) -> Bound:
    return bound(signed_rank_counts(n), confidence)


def bound(counts: NDArray[np.float64], confidence: float) -> Bound:
    """Return the place of the ends of a rank test's interval of at least `confidence`, or else of the widest one.

    counts: the number of outcomes that have each value of the test's statistic.
    """
    missed = 2 * np.cumsum(counts) / counts.sum()
    place = max(1, int(np.count_nonzero(missed <= 1 - confidence)))
    return Bound(place, max(0.0, 1 - float(missed[place - 1])))


def interval(values: NDArray[np.float64], bound: Bound) -> Ratio:
    """Return the median of logarithms as a ratio, and the interval that their rank test doesn't reject."""
    values, n = np.sort(values), len(values)
    middle = (values[(n - 1) // 2] + values[n // 2]) / 2
    low, high = values[bound.place - 1], values[-bound.place]
    return Ratio(math.exp(middle), math.exp(low), math.exp(high), bound.confidence)


def verdict(found: Ratio, threshold: float) -> Verdict:
    """Return the verdict of an interval of at least the usual confidence: above, below or within ± the threshold.

    The verdict is NOT_SLOWER for an interval that crosses the lower end of that range only. It is UNKNOWN for less
    confidence, and for an interval that crosses the upper end.
    """
    if found.confidence < CONFIDENCE:
        return Verdict.UNKNOWN
    if found.low > 1 + threshold:
        return Verdict.SLOWER
    if found.high >= 1 + threshold:
        return Verdict.UNKNOWN
    if found.high < 1 / (1 + threshold):
        return Verdict.FASTER
    return Verdict.SAME if found.low > 1 / (1 + threshold) else Verdict.NOT_SLOWER
