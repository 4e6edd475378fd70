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
    """A median and an interval that contains the true median with at least `confidence`."""

    median: float
    low: float
    high: float
    confidence: float


def median_interval(samples: Sequence[float], confidence: float = CONFIDENCE) -> Interval:
    """Return the median of independent samples and its sign-test interval, exact for any continuous distribution.

    The k-th smallest and k-th largest of n samples miss the true median with probability 2·P(Binomial(n, 1/2) < k). The
    largest k that keeps this within 1 − confidence is chosen. Fewer than 6 samples can't reach 95 %: then the interval
    is the whole range, with its lower confidence (3 samples: 75 %).
    Source: W. J. Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2.
    Raises ValueError if there are no samples.
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
    """Return the rank of the interval's ends among n samples, and the confidence of the interval."""
    from scipy.special import bdtr  # takes 0.3 s, which a caller without samples saves

    missed = 2 * bdtr(np.arange(n // 2), n, 0.5)
    k = max(1, int(np.count_nonzero(missed <= 1 - confidence)))
    return k, max(0.0, 1 - 2 * float(bdtr(k - 1, n, 0.5)))


def paired_ratio(
    numerator: Mapping[int, float], denominator: Mapping[int, float], confidence: float = CONFIDENCE
) -> Interval | None:
    """Return numerator / denominator, both {round: seconds}, taken within the rounds of both; None without any.

    Drift of the machine affects both samples of a round alike, so their ratio varies less than either. The median is
    that of logarithms, so that a/b and b/a are each other's inverse.
    """
    shared = numerator.keys() & denominator.keys()
    if not shared:
        return None
    log_ratios = [math.log(numerator[r] / denominator[r]) for r in sorted(shared)]
    median, low, high, reached = median_interval(log_ratios, confidence)
    return Interval(math.exp(median), math.exp(low), math.exp(high), reached)
