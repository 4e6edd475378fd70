"""Statistics on data whose truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradrace.bench.stats import median_interval, paired_ratio


def test_the_range_of_six_samples_is_the_least_that_reaches_95_percent() -> None:
    assert median_interval([3, 1, 2, 6, 5, 4]) == (3.5, 1, 6, 1 - 2 / 2**6)
    assert median_interval([1, 2, 3, 4, 5]).confidence < 0.95


def test_ranks_agree_with_the_published_table() -> None:
    # Conover, table A3: for n = 20 the 6th smallest and largest hold the median with 95.9 %.
    assert median_interval(range(1, 21)) == (10.5, 6, 15, pytest.approx(0.9586, abs=1e-4))


def test_one_sample_says_nothing_of_the_median() -> None:
    assert median_interval([7.0]) == (7.0, 7.0, 7.0, 0.0)


def test_no_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="no samples"):
        median_interval([])


@pytest.mark.parametrize("n", [6, 15, 31])
def test_the_interval_covers_the_true_median_as_often_as_it_says(n: int) -> None:
    rng = np.random.default_rng(n)
    intervals = [median_interval(rng.lognormal(size=n).tolist()) for _ in range(2000)]
    covered = sum(low <= 1 <= high for _, low, high, _ in intervals) / len(intervals)
    promised = intervals[0].confidence
    assert promised >= 0.95
    # 2000 trials: the standard deviation of the share is at most sqrt(0.05 · 0.95 / 2000) = 0.5 %.
    assert abs(covered - promised) < 4 * 0.005


def test_the_paired_ratio_is_blind_to_drift_that_both_share() -> None:
    drift = {number: 1.5**number for number in range(8)}
    slower = {number: 3 * seconds for number, seconds in drift.items()}
    ratio = paired_ratio(slower, drift)
    assert ratio is not None
    assert ratio[:3] == pytest.approx((3, 3, 3))


def test_only_rounds_that_both_have_count() -> None:
    ratio = paired_ratio({0: 2.0, 1: 8.0}, {1: 2.0, 5: 1.0})
    assert ratio is not None
    assert ratio.median == pytest.approx(4)
    assert paired_ratio({0: 1.0}, {1: 1.0}) is None


def test_a_ratio_and_its_inverse_agree() -> None:
    rng = np.random.default_rng(0)
    a, b = (dict(enumerate(rng.lognormal(size=10).tolist())) for _ in range(2))
    there, back = paired_ratio(a, b), paired_ratio(b, a)
    assert there is not None
    assert back is not None
    assert math.isclose(there.median * back.median, 1)
    assert math.isclose(there.low * back.high, 1)
