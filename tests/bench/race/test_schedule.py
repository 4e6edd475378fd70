"""Further rounds go where a ratio is uncertain."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from gradrace.bench.race import schedule as module
from gradrace.bench.race.candidate import Candidate
from gradrace.bench.race.rounds import LEAST_ROUNDS
from gradrace.bench.race.schedule import Schedule
from gradrace.bench.results import BASELINE, FLOOR
from gradrace.bench.stats import paired_ratio
from tests.bench.simulated import Clock, Simulated


def candidate(name: str, *, noise: float = 0.0, call_s: float = 1.0, is_slow: bool = False) -> Candidate:
    """Return a candidate that has made the least rounds; its samples differ by about so much of their mean."""
    worker = Simulated(Clock(), name, 1.0)
    made = Candidate(worker, 0.0, None, call_s, 1, False, 0.0, 1.0, None, is_slow, is_slow)
    made.rounds = [0, 2, 4] if is_slow else list(range(LEAST_ROUNDS))
    rng = np.random.default_rng(len(name))
    made.samples_s = [call_s * (1 + noise * rng.uniform(-1, 1)) for _ in made.rounds]
    made.sampled_s = sum(made.samples_s)
    return made


def sixth(*candidates: Candidate, precision: float = 0.05) -> set[str]:
    """Return the names of those that take part in the round after the least ones."""
    schedule = Schedule(candidates, precision)
    rounds = [*islice(schedule.rounds(lambda: True), LEAST_ROUNDS + 1)]
    return schedule.taking_part if len(rounds) > LEAST_ROUNDS else set()


def test_those_that_are_known_well_enough_sit_out() -> None:
    floor, steady, noisy = candidate(FLOOR), candidate("steady"), candidate("noisy", noise=0.3, call_s=2.0)
    assert sixth(floor, steady, noisy) == {FLOOR, "steady", "noisy"}  # steady is the fastest, a partner
    assert sixth(floor, candidate("faster", call_s=0.9), steady, noisy) == {FLOOR, "faster", "noisy"}
    assert sixth(floor, candidate("faster", call_s=0.9), steady, noisy, precision=0.5) == set()


def test_the_baseline_takes_part_with_those_that_are_uncertain() -> None:
    floor, baseline = candidate(FLOOR), candidate(BASELINE, call_s=3.0)
    assert sixth(floor, baseline, candidate("noisy", noise=0.3)) == {FLOOR, BASELINE, "noisy"}


def test_one_that_has_taken_far_more_time_than_the_others_waits() -> None:
    floor, dear = candidate(FLOOR), candidate("dear", noise=0.5, call_s=9.0)
    assert sixth(floor, dear, candidate("a", noise=0.3), candidate("b", noise=0.3)) == {FLOOR, "a", "b"}


@pytest.mark.parametrize("call_s", [1.0, 100.0])
def test_a_slow_one_makes_three_samples_and_holds_up_no_one(call_s: float) -> None:
    slow, floor = candidate(BASELINE, noise=0.3, call_s=call_s, is_slow=True), candidate(FLOOR)
    schedule = Schedule([slow, floor, candidate("a")], 0.05)
    parts = [BASELINE in schedule.taking_part for _ in schedule.rounds(lambda: True)]
    assert parts == [True, False, True, False, True, False]


def test_one_alone_is_finished_when_its_own_median_is_known() -> None:
    assert sixth(candidate("a")) == set()
    assert sixth(candidate("a", noise=0.5)) == {"a"}


def coverage(races: int) -> float:
    """Return the share of simulated races whose interval of the ratio at their end holds the true ratio, 1."""
    rng, held = np.random.default_rng(0), 0
    for _ in range(races):
        floor, other = candidate(FLOOR), candidate("other")
        for one in (floor, other):
            one.samples_s.clear()
            one.rounds.clear()
        for number in Schedule([floor, other], 0.05).rounds(lambda: True):
            for one, noise in ((floor, 0.0), (other, rng.laplace(0, 0.15))):
                one.samples_s.append(float(np.exp(noise)))
                one.rounds.append(number)
        found = paired_ratio(other.by_round(), floor.by_round())
        assert found is not None
        held += found.low <= 1 <= found.high
    return held / races


@pytest.mark.slow
def test_intervals_of_races_that_stop_when_they_are_narrow_hold_the_true_ratio(monkeypatch) -> None:
    assert coverage(600) >= 0.93
    monkeypatch.setattr(module, "STOPPING_CONFIDENCE", 0.95)
    assert coverage(600) < 0.93


@pytest.mark.parametrize(
    ("punctual", "late", "is_late"),
    [
        (2, 1, False),
        (1, 2, True),
        (4, 2, False),
        (3, 3, True),
        (9, 2, False),
        (9, 3, True),
        (31, 9, False),
        (30, 10, True),
    ],
)
def test_lateness_is_an_upper_quartile_and_of_few_samples_a_median(punctual: int, late: int, is_late: bool) -> None:
    one = candidate("a")
    one.lates_s = [0.0] * punctual + [1.0] * late
    assert one.late_s == is_late
