"""Log-ratio of a pair's rounds: the median, or the least disturbed samples of short calls on a busy machine."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradrace.bench.gate.pairs.rounds import SHORT_S, Round, log_ratio

SHORT, LONG = SHORT_S / 3, 20 * SHORT_S


def samples(call_s: float, disturbed: float, factor: float = 1.0, seed: int = 0) -> np.ndarray:
    """Samples of shape (100,), a share of which takes 1.5 to 20 times as long."""
    rng = np.random.default_rng(seed)
    return factor * call_s * np.where(rng.random(100) < disturbed, rng.uniform(1.5, 20, 100), 1.0)


def taken(old: np.ndarray, new: np.ndarray) -> list[Round]:
    return [([*a], [*b]) for a, b in zip(old.reshape(-1, 2).tolist(), new.reshape(-1, 2).tolist(), strict=True)]


@pytest.mark.parametrize("factor", [1.0, 1.1])
def test_disturbances_of_both_sides_leave_the_ratio_of_short_calls(factor):
    sides = samples(SHORT, 0.6), samples(SHORT, 0.8, factor, seed=1)
    assert log_ratio(taken(*sides)) == pytest.approx(math.log(factor))
    halves = np.log(np.array(sides)).reshape(2, -1, 2).mean(axis=2)
    assert abs(np.median(halves[1] - halves[0]) - math.log(factor)) > 0.1


@pytest.mark.parametrize(
    ("call_s", "before", "after"),
    [(SHORT, 0.0, 0.8), (SHORT, 0.8, 0.0), (LONG, 0.6, 0.8)],
    ids=["NEW alone is disturbed", "OLD alone", "long calls"],
)
def test_disturbances_that_may_be_of_one_side_count(call_s, before, after):
    """A change that makes four of five samples slower can't pass as a disturbance of the machine."""
    sides = samples(call_s, before), samples(call_s, after, seed=1)
    halves = np.log(np.array(sides)).reshape(2, -1, 2).mean(axis=2)
    assert log_ratio(taken(*sides)) == pytest.approx(np.median(halves[1] - halves[0]))
    assert log_ratio(taken(*sides)) * (after - before) > 0.1


@pytest.mark.parametrize("call_s", [SHORT, LONG])
@pytest.mark.parametrize("after", [0.0, 0.5, 0.9])
def test_exchanging_the_sides_changes_the_sign(call_s, after):
    sides = samples(call_s, 0.5), samples(call_s, after, 1.05, seed=1)
    assert log_ratio(taken(*sides)) == pytest.approx(-log_ratio(taken(*sides[::-1])))


def test_cached_calls_that_take_no_time_have_a_ratio():
    assert math.isfinite(log_ratio([([0.0, 0.0], [SHORT, SHORT])]))
