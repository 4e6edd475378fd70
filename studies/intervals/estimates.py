"""Intervals of three tools, their widths, and how often they hold what longer runs find: pure functions of samples."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple, TypeAlias

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from gradrace.bench.stats import CONFIDENCE, Interval, median_interval, paired_ratio, relative

Samples: TypeAlias = Mapping[int, float]
"""{number of the sample: seconds per call}; samples of gradrace with the same number belong to one round."""

APART = 1_000_000
"""Distance between the numbers of samples of two runs that are pooled."""

TAIL = 0.95
"""Share of the runs whose error is at most what the table calls the error."""


def mean_interval(samples: Samples) -> Interval:
    """Return the mean and its interval mean ± t·s/√n, t of Student's distribution with n − 1 degrees of freedom."""
    values = np.fromiter(samples.values(), float)
    mean, half = float(values.mean()), _t(len(values) - 1) * _standard_error(values)
    return Interval(mean, mean - half, mean + half, CONFIDENCE)


def ratio_of_means(numerator: Samples, denominator: Samples) -> Interval:
    """Return the ratio of two means and its interval by the delta method."""
    above, below = (np.fromiter(samples.values(), float) for samples in (numerator, denominator))
    ratio = float(above.mean() / below.mean())
    error = math.hypot(*(_standard_error(values) / float(values.mean()) for values in (above, below)))
    half = ratio * _t(len(above) + len(below) - 2) * error
    return Interval(ratio, ratio - half, ratio + half, CONFIDENCE)


def median_of(samples: Samples) -> Interval:
    """Return the median and its sign-test interval."""
    return median_interval([*samples.values()])


def ratio_of_medians(numerator: Samples, denominator: Samples) -> Interval:
    """Return the ratio of two medians and its interval from the sign-test intervals of both.

    On logarithms, the distance to each end is the root of the sum of squares of the two medians' distances.
    Source: A. Donner and G. Y. Zou, Statistical Methods in Medical Research 21 (2012), 347-359.
    """
    above, below = ([math.log(value) for value in median_of(samples)[:3]] for samples in (numerator, denominator))
    ratio = above[0] - below[0]
    low = ratio - math.hypot(above[0] - above[1], below[2] - below[0])
    high = ratio + math.hypot(above[2] - above[0], below[0] - below[1])
    return Interval(math.exp(ratio), math.exp(low), math.exp(high), CONFIDENCE)


def ratio_in_rounds(numerator: Samples, denominator: Samples) -> Interval:
    """Return the median of ratios within rounds and its sign-test interval. Raises ValueError without common rounds."""
    if (ratio := paired_ratio(numerator, denominator)) is None:
        raise ValueError("no common rounds")
    return ratio


@dataclass(frozen=True, slots=True)
class Method:
    """A tool's estimates: of a time, and of the ratio of two times."""

    tool: str
    time: Callable[[Samples], Interval]
    ratio: Callable[[Samples, Samples], Interval]


METHODS = {
    "gradrace": Method("gradrace", median_of, ratio_in_rounds),
    "pytest-benchmark, means": Method("pytest-benchmark", mean_interval, ratio_of_means),
    "pytest-benchmark, medians": Method("pytest-benchmark", median_of, ratio_of_medians),
    "pyperf": Method("pyperf", mean_interval, ratio_of_means),
}


class Verdict(NamedTuple):
    """An interval held against the truth. half_width: as a share of the estimate. error: |log(estimate / truth)|."""

    half_width: float
    error: float
    holds: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """Median half-width, share of the intervals that hold the truth, and the 95th percentile of the error."""

    count: int
    half_width: float
    coverage: float
    error: float


def verdict(interval: Interval, truth: float) -> Verdict:
    """Hold an interval against the truth."""
    error = abs(math.log(interval.median / truth))
    return Verdict(relative(interval), error, interval.low <= truth <= interval.high)


def verdicts(estimate: Callable[..., Interval], runs: Sequence[Sequence[Samples]]) -> list[Verdict]:
    """Hold the estimate of each run against the truth: the same estimate of all samples of the other runs.

    Args:
        estimate: a function of the samples of one or two implementations.
        runs: of each run, these samples.
    """
    found = []
    for number, run in enumerate(runs):
        others = [*runs[:number], *runs[number + 1 :]]
        truth = estimate(*(pooled(samples) for samples in zip(*others, strict=True))).median
        found.append(verdict(estimate(*run), truth))
    return found


def attainable(runs: int) -> float:
    """Return the coverage of a right interval, where the truth comes from all but one of so many runs.

    The truth then has a variance of its own, 1 / (runs − 1) of an estimate's.
    """
    quantile = ndtri((1 + CONFIDENCE) / 2) / math.sqrt(1 + 1 / (runs - 1))
    return float(2 * ndtr(quantile) - 1)


def pooled(runs: Sequence[Samples]) -> Samples:
    """Return the samples of several runs as those of one."""
    return {APART * run + number: value for run, samples in enumerate(runs) for number, value in samples.items()}


def summary(found: Sequence[Verdict]) -> Summary:
    """Return the summary of at least one verdict."""
    return Summary(
        count=len(found),
        half_width=median(one.half_width for one in found),
        coverage=sum(one.holds for one in found) / len(found),
        error=float(np.quantile([one.error for one in found], TAIL)),
    )


def _standard_error(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    return float(values.std(ddof=1)) / math.sqrt(len(values))


def _t(degrees: int) -> float:
    return float(stdtrit(degrees, (1 + CONFIDENCE) / 2))
