"""Pace of a check: shorter pairs where the budget doesn't hold the usual ones of all implementations."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from gradrace.bench.gate.pace import LEAST_PACE, LEAST_SHARE, pace
from gradrace.bench.gate.pairs.rounds import CELL_S, PREPARATIONS, SAMPLE_S, SEVERAL_THREADS_S, rounds
from gradrace.bench.gate.tallies import LEAST_PAIRS, Tally
from gradrace.bench.results import Cell
from tests.bench.simulated import Clock


def tallies(count: int = 4, pairs: int = 1) -> list[Tally]:
    """Tallies of an implementation whose pairs take 1 s to start, and 1 s in each cell: 0.8 s of it in rounds."""
    shared = {"verified": True, "start_s": 1.0, "rounds_s": 0.8, "others_s": 0.2}
    return [Tally("a", None, pairs=[0.0] * pairs, **shared) for _ in range(count)]


def test_pairs_have_the_usual_length_where_those_of_all_fit():
    assert pace([tallies()], 60.0) == 1.0


def test_they_are_shorter_where_those_of_all_do_not_fit():
    """Fifteen pairs take 27 s besides their rounds, and 48 s in them."""
    assert pace([tallies() for _ in range(3)], 100.0) == pytest.approx((LEAST_SHARE * 100.0 - 27.0) / 48.0)


def test_they_are_never_much_shorter():
    assert pace([tallies() for _ in range(9)], 60.0) == LEAST_PACE


def test_they_are_usual_again_after_the_least_pairs():
    assert pace([tallies(pairs=LEAST_PAIRS) for _ in range(9)], 60.0) == 1.0


def test_those_that_were_not_measured_are_guessed_from_the_others():
    fresh = [Tally("b", None, verified=True, start_s=1.0) for _ in range(4)]
    assert pace([tallies(pairs=0), fresh], 60.0) == pytest.approx(pace([tallies(pairs=0)] * 2, 60.0))


@dataclass
class Sampler:
    """A side whose samples take `sample_s`, though its first one seemed to take `first_s`."""

    clock: Clock
    sample_s: float
    threads: float = 1.0
    taken_s: float | None = None
    worker: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(settle=lambda place: None))

    def take(self) -> float:
        taken_s = self.sample_s if self.taken_s is None else self.taken_s
        self.clock.now_s += taken_s
        return taken_s


READY = SimpleNamespace(cell=Cell(10, 10))


def taken_s(sample_s: float, pace: float = 1.0, threads: float = 1.0, taken_s: float | None = None) -> float:
    """Seconds that the rounds of a measurement take."""
    clock = Clock()
    rounds(READY, *(Sampler(clock, sample_s, threads, taken_s) for _ in range(2)), clock, pace)
    return clock.now_s


@pytest.mark.parametrize("pace", [1.0, 0.5])
def test_a_pace_is_a_share_of_the_rounds(pace):
    assert taken_s(SAMPLE_S, pace) == pytest.approx(pace * CELL_S, rel=0.02)


@pytest.mark.parametrize("predicted", [0.1, 0.5, 2.0, 100.0])
def test_rounds_take_their_time_however_disturbed_a_sample_before_was(predicted):
    """Descents of 0.4 ms made 238 rounds, which took 1.7 s, with a load of 6; others made one round."""
    assert taken_s(predicted * SAMPLE_S, taken_s=SAMPLE_S) == pytest.approx(CELL_S, rel=0.02)


def test_a_round_that_takes_longer_is_made_once():
    assert taken_s(0.3) == pytest.approx(1.2)


def test_several_threads_share_the_pace_among_their_measurements():
    clock = Clock()
    sides = (Sampler(clock, 0.01, 2.0) for _ in range(2))
    assert rounds(READY, *sides, clock, 0.5).extent == (SEVERAL_THREADS_S / PREPARATIONS, PREPARATIONS)
    assert PREPARATIONS * clock.now_s == pytest.approx(0.5 * SEVERAL_THREADS_S, rel=0.15)
