"""Pace of a check: shorter pairs where the budget doesn't hold the usual ones of all implementations."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from gradrace.bench.gate.levels import looks
from gradrace.bench.gate.pace import LEAST_PACE, pace
from gradrace.bench.gate.pairs.rounds import CELL_S, PREPARATIONS, SAMPLE_S, SEVERAL_THREADS_S, begins_with_new, rounds
from gradrace.bench.gate.schedule import Schedule
from gradrace.bench.gate.tallies import LEAST_PAIRS, Tally
from gradrace.bench.results import Cell
from gradrace.bench.timing import Deadline
from tests.bench.simulated import Clock


def tallies(count: int = 4, missing: int = LEAST_PAIRS - 1) -> list[tuple[Tally, int]]:
    """Tallies of an implementation whose pairs take 1 s to start, and 1 s in each cell: 0.8 s of it in rounds."""
    return [(Tally("a", None, start_s=1.0, rounds_s=0.8, others_s=0.2), missing) for _ in range(count)]


def test_pairs_have_the_usual_length_where_those_of_all_fit():
    assert pace([tallies()], 30.0) == 1.0


def test_they_are_shorter_where_those_of_all_do_not_fit():
    """Fifteen pairs take 27 s besides their rounds, and 48 s in them."""
    assert pace([tallies() for _ in range(3)], 60.0) == pytest.approx((60.0 - 27.0) / 48.0)


def test_they_are_never_much_shorter():
    assert pace([tallies() for _ in range(9)], 60.0) == LEAST_PACE


def test_they_are_usual_again_after_the_least_pairs():
    assert pace([tallies(missing=0) for _ in range(9)], 60.0) == 1.0


def test_those_that_were_not_measured_are_guessed_from_the_others():
    fresh = [(Tally("b", None, start_s=1.0), LEAST_PAIRS) for _ in range(4)]
    known = tallies(missing=LEAST_PAIRS)
    assert pace([known, fresh], 40.0) == pytest.approx(pace([known] * 2, 40.0))


def test_those_that_do_not_fit_do_not_shorten_the_others():
    """Six pairs of the second one take 120 s in their start alone; the first one is counted in any case."""
    mine = tallies()
    late = [(Tally("b", None, start_s=20.0, rounds_s=0.8, others_s=0.2), LEAST_PAIRS)]
    assert pace([mine, late], 20.0, 100.0) == pace([mine], 20.0, 100.0) > LEAST_PACE
    assert pace([mine, late], 20.0, 200.0) == LEAST_PACE
    assert pace([late], 20.0, 100.0) == LEAST_PACE


def test_the_soonest_come_first_where_not_all_fit():
    """Neither has a pair. Six pairs of 5 s of the one that starts sooner fit 35 s, those of both don't."""
    known = {"verified": True, "rounds_s": 0.8, "others_s": 0.2, "pair_s": 1.0}
    late, soon = (
        [Tally(name, None, start_s=start_s, **known) for _ in range(4)] for name, start_s in (("a", 9.0), ("b", 1.0))
    )
    alone = Schedule({"b": soon}, Deadline(Clock(), math.inf).within(35.0)).pace()
    assert Schedule({"a": late, "b": soon}, Deadline(Clock(), math.inf).within(35.0)).pace() == alone > LEAST_PACE


def test_the_least_pairs_leave_time_for_those_of_a_slowdown():
    """Five more of 5 s each, 4 s of it in rounds, within 55 % of 40 s."""
    begun = Tally("a", None, verified=True, pairs=[0.0], start_s=0.8, pair_s=4.2, rounds_s=4.0, others_s=0.2)
    schedule = Schedule({"a": [begun]}, Deadline(Clock(), math.inf).within(40.0))
    assert schedule.pace() == pytest.approx((0.55 * 40.0 / 5 - 1.0) / 4.0)


@pytest.mark.parametrize(
    ("pairs", "shortened"),
    [([0.2, 0.21, 0.19, 0.2, 0.22, 0.18], True), ([0.07, 0.14, 0.1, 0.2, 0.3, 0.4], False), ([0.0] * 6, False)],
)
def test_pairs_of_a_clear_slowdown_are_shortened_to_fit(pairs, shortened):
    """Five more of 5.2 s each, 4 s of it in rounds, within 20 s. One with more noise would lose too much."""
    slow = Tally("a", None, verified=True, pairs=pairs, start_s=1.0, pair_s=4.2, rounds_s=4.0, others_s=0.2)
    schedule = Schedule({"a": [slow]}, Deadline(Clock(), math.inf).within(20.0))
    further = slow.pairs_wanted(1)
    assert schedule.pace() == pytest.approx((20.0 / further - 1.2) / 4.0 if shortened else 1.0)


@pytest.mark.parametrize(("pairs", "until"), [([0.2, 0.3], looks(4)[0]), ([0.2, 0.01], LEAST_PAIRS), ([], LEAST_PAIRS)])
def test_pairs_that_are_all_slower_want_as_many_as_the_first_test(pairs, until):
    assert len(pairs) + Tally("a", None, verified=True, pairs=pairs).pairs_wanted(4) == until


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


@pytest.mark.parametrize(("new_first", "order"), [(False, "OLD NEW NEW OLD"), (True, "NEW OLD OLD NEW")])
def test_the_only_round_of_slow_calls_begins_with_the_side_that_enters_first(new_first, order):
    clock, taken = Clock(), list[str]()

    class Noted(Sampler):
        def take(self) -> float:
            taken.append("OLD" if self is old else "NEW")
            return super().take()

    old, new = Noted(clock, 0.3), Noted(clock, 0.3)
    rounds(READY, old, new, clock, new_first=new_first)
    assert " ".join(taken) == order


@pytest.mark.parametrize("new_first", [False, True])
def test_each_side_is_as_often_the_first_on_each_core(new_first):
    """The core changes after two rounds. When OLD always was the first on it, identical code was slower by 10 %."""
    clock, first, side_of = Clock(), dict[int, list[str]](), {}

    class Noted(Sampler):
        def take(self) -> float:
            if side_of["place"] is not None and side_of["place"] != side_of.get("before"):
                first.setdefault(side_of["place"] % 2, []).append("NEW" if self is new else "OLD")
                side_of["before"] = side_of["place"]
            return super().take()

    worker = SimpleNamespace(settle=lambda place: side_of.update(place=place))
    old, new = (Noted(clock, CELL_S / 64, worker=worker) for _ in range(2))
    rounds(READY, old, new, clock, new_first=new_first)
    assert {place: sides.count("NEW") - sides.count("OLD") for place, sides in first.items()} == {0: 0, 1: 0}
    assert [begins_with_new(number, new_first=True) for number in range(9)] == [
        not begins_with_new(number, new_first=False) for number in range(9)
    ]


@pytest.mark.parametrize(("threads", "places"), [(1.0, {0, 1, None}), (2.0, {None})])
def test_only_one_thread_is_pinned(threads, places):
    clock, settled = Clock(), set[int | None]()
    worker = SimpleNamespace(settle=settled.add)
    rounds(READY, *(Sampler(clock, 0.03, threads, worker=worker) for _ in range(2)), clock)
    assert settled == places


def test_several_threads_share_the_pace_among_their_measurements():
    clock = Clock()
    sides = (Sampler(clock, 0.01, 2.0) for _ in range(2))
    assert rounds(READY, *sides, clock, 0.5).extent == (SEVERAL_THREADS_S / PREPARATIONS, PREPARATIONS)
    assert PREPARATIONS * clock.now_s == pytest.approx(0.5 * SEVERAL_THREADS_S, rel=0.15)
