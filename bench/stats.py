"""Medians, exact intervals, paired ratios: pure functions of samples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from statistics import median
from typing import NamedTuple

import numpy as np

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """A median and an interval that holds the true median with at least `confidence`."""

    median: float
    low: float
    high: float
    confidence: float


def median_interval(samples: Sequence[float], confidence: float = CONFIDENCE) -> Interval:
    """The median of independent samples and its sign-test interval, exact for any continuous distribution.

    The k-th smallest and k-th largest of n samples miss the true median with probability 2·P(Binomial(n, 1/2) < k);
    the largest k that keeps this within 1 − confidence is taken. Fewer than 6 samples can't reach 95 %: then the
    interval is the whole range, with the lesser confidence that it has (3 samples: 75 %).
    Source: W. J. Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2.
    """
    if not samples:
        raise ValueError("no samples")
    ordered = sorted(map(float, samples))
    n = len(ordered)
    k, reached = _rank(n, confidence)
    return Interval(median(ordered), ordered[k - 1], ordered[n - k], reached)


def relative(interval: Interval) -> float:
    """Return the half-width of an interval as a share of its median."""
    return (interval.high - interval.low) / 2 / interval.median if interval.median else 0.0


@cache
def _rank(n: int, confidence: float) -> tuple[int, float]:
    """Which smallest and largest of n samples are the interval's ends, and the confidence that these have."""
    from scipy.special import bdtr  # 0.3 s, which who has no samples needn't wait for

    missed = 2 * bdtr(np.arange(n // 2), n, 0.5)
    k = max(1, int(np.count_nonzero(missed <= 1 - confidence)))
    return k, max(0.0, 1 - 2 * float(bdtr(k - 1, n, 0.5)))


def paired_ratio(
    numerator: Mapping[int, float], denominator: Mapping[int, float], confidence: float = CONFIDENCE
) -> Interval | None:
    """numerator / denominator, both {round: seconds}, taken within each round that has both; None if none has.

    Drift of the machine falls on both samples of a round alike, so their ratio is steadier than either. The median is
    taken of logarithms, so that a/b and b/a are each other's inverse.
    """
    shared = numerator.keys() & denominator.keys()
    if not shared:
        return None
    log_ratios = [math.log(numerator[r] / denominator[r]) for r in sorted(shared)]
    median, low, high, reached = median_interval(log_ratios, confidence)
    return Interval(math.exp(median), math.exp(low), math.exp(high), reached)
