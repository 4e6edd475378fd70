"""The gate on a simulated clock, where the truth is known: who fails, who doesn't, what is told."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pytest
from msgspec.structs import replace

from gradrace.bench.gate import measure
from gradrace.bench.gate.code.sides import Side
from gradrace.bench.gate.levels import LOOKS, TOGETHER, looks
from gradrace.bench.gate.limits import Rules
from gradrace.bench.gate.measure import Gate
from gradrace.bench.gate.pairs.gradients import measured
from gradrace.bench.gate.pairs.preparations import TIMES
from gradrace.bench.gate.pairs.rounds import Measured
from gradrace.bench.gate.pairs.sides import Pair
from gradrace.bench.gate.schedule import Schedule
from gradrace.bench.gate.tallies import LEAST_PAIRS, Tally
from gradrace.bench.timing import Deadline
from gradrace.bench.workers import client
from gradrace.bench.workers.answers import Calibrated
from gradrace.bench.workers.process import (
    WorkerFailed,
)
from tests.bench.gate.noisy import CELLS, NEW, OLD, Noisy, check
from tests.bench.simulated import Clock


def test_what_is_the_same_is_called_the_same(ready_cells):
    found = check(ready_cells, noise=0.005)
    assert [one.outcome for one in found] == ["same", "same"]
    assert all(len(one.pairs) == LEAST_PAIRS for one in found)


def test_each_side_starts_first_in_every_second_pair(ready_cells, monkeypatch):
    """What starts first may place its threads better for as long as it lives."""
    started = []

    def begin(worker):
        started.append(isinstance(worker, Slower))
        return client.begin(worker)

    class Slower(Noisy):
        """NEW."""

    monkeypatch.setattr(measure, "begin", begin)
    clock = Clock()

    def worker(side: Side, name: str) -> Noisy:
        return (Noisy if side is OLD else Slower)(clock, name, 1e6)

    Gate(OLD, NEW, worker, Rules(), Deadline(clock, math.inf).within(1e6), lambda _: None).check(["a"], ready_cells)
    assert started[2:14] == [False, True, True, False] * 3


def test_only_the_cell_that_is_slower_is_named(ready_cells):
    small, large = check(ready_cells, lambda cell: 1.15 if cell.m == 40 else 1.0)
    assert (small.alarms, large.outcome) == (False, "slower")
    assert large.ratio == pytest.approx(1.15, rel=0.03)
    assert large.p <= TOGETHER / LOOKS
    assert len(large.pairs) in (*looks(len(CELLS)), *looks(1, TOGETHER))


def test_what_is_faster_is_told(ready_cells):
    assert [one.outcome for one in check(ready_cells, lambda cell: 0.8)] == ["faster", "faster"]


@pytest.mark.slow
def test_slower_within_the_threshold_does_not_fail(ready_cells):
    """By 4 %, which is suspicious, and let pass."""
    for seed in range(10):
        assert not any(one.alarms for one in check(ready_cells, lambda cell: 1.04, seed=seed))


def alarms(ready_cells, slowdown: float, checks: int) -> int:
    runs = (check(ready_cells[:1], lambda cell: slowdown, seed=seed) for seed in range(checks))
    return sum(any(one.alarms for one in found) for found in runs)


@pytest.mark.slow
def test_a_tenth_is_seen_and_nothing_is_not(ready_cells):
    """Of 25 checks of the same code none alarms; of 25 of code that is 10 % slower, at least 24 do."""
    assert alarms(ready_cells, 1.0, 25) == 0
    assert alarms(ready_cells, 1.1, 25) >= 24


@pytest.mark.slow
@pytest.mark.parametrize("cells", [1, 4])
def test_the_level_is_kept_where_every_cell_is_as_slow_as_the_threshold(cells):
    """At most 60 of 4000 families of cells at the threshold hold one that is called slower (40 are 1 %)."""
    rng, wrong = np.random.default_rng(cells), 0
    for _ in range(4000):
        family = [Tally("a", None) for _ in range(cells)]
        pairs = np.log1p(0.05) + 0.03 * rng.standard_normal((cells, looks(cells)[-1]))
        for tally, values in zip(family, pairs, strict=True):
            for value in values:
                if not tally.stopped:
                    tally.add(Measured(value, 1e-3), cells)
        wrong += any(tally.slower for tally in family)
    assert wrong <= 60


def test_damage_everywhere_is_no_excuse(ready_cells):
    """Where all cells are slower, and the budget ends soon after the first look, they fail all the same."""
    found = check(ready_cells, lambda cell: 1.5, budget_s=60.0)
    assert [one.outcome for one in found] == ["slower", "slower"]


def test_what_is_wrong_here_counts_whatever_the_other_side_does(ready_cells):
    clock = Clock()

    def worker(side: Side, name: str) -> Noisy:
        failure = WorkerFailed("SyntaxError") if side is OLD else None
        return Noisy(clock, name, 1e6, load_failure=failure, wrong_from_call=0 if side is NEW else None)

    gate = Gate(OLD, NEW, worker, Rules(), Deadline(clock, math.inf).within(10), lambda _: None)
    assert {one.outcome for one in gate.check(["a"], ready_cells)} == {"wrong"}


def test_noise_is_told_and_what_would_help(ready_cells):
    found = check(ready_cells, lambda cell: 1.02, noise=0.1, seed=1, budget_s=20.0)
    assert {one.outcome for one in found} == {"can't tell"}
    words = r".+; (1 more pair|([2-9]|\d\d+) more pairs) would tell \(about .*\)"
    told = [one for one in found if one.more_s is not None]
    assert told
    assert [one.reason for one in told if not re.match(words, str(one.reason))] == []
    assert all(one.more_s > 0 for one in told)


def test_where_thousands_of_pairs_would_be_needed_none_are_advised(ready_cells):
    found = check(ready_cells, lambda cell: 1.02, noise=0.3, seed=1, budget_s=60.0)
    assert {one.outcome for one in found} == {"can't tell"}
    for one in found:
        assert one.more_s is None
        assert one.reason == (
            f"{one.ratio:.2f} ({one.low:.2f} to {one.high:.2f}) is too near the limit 1.05 for this noise; "
            "use a quieter machine or a larger --threshold"
        )


def test_a_budget_too_small_for_fresh_evidence_fails_nobody(ready_cells):
    found = check(ready_cells, lambda cell: 1.5, budget_s=3.0)
    assert not any(one.alarms for one in found)
    assert {one.outcome for one in found} == {"can't tell"}


def test_a_cell_that_is_too_noisy_to_be_decided_does_not_take_the_pairs_of_others(ready_cells):
    """It looks slower, but only the other cell of `a` would be measured, while `b` had no pair."""
    known = {"verified": True, "pair_s": 1.0, "start_s": 1.0}
    noisy = Tally("a", ready_cells[1], pairs=[0.001, 1.8, 0.06, 0.05, 0.04, 0.06], **known)
    other = Tally("a", ready_cells[0], pairs=[0.01, -0.02, 0.02, -0.06, 0.01, 0.06], **known)
    assert noisy.looks_slower()
    assert not other.looks_slower()
    until = Deadline(Clock(), math.inf).within(60.0)
    for mine in ([noisy, other], [noisy]):
        assert Schedule({"a": mine, "b": [Tally("b", ready_cells[0], verified=True)]}, until).next() == "b"


@pytest.mark.parametrize(("alarm", "chosen"), [(False, "a"), (True, "b")])
def test_what_looks_slower_comes_first_until_something_fails(ready_cells, alarm, chosen):
    known = {"verified": True, "pair_s": 1.0, "start_s": 1.0}
    slower = Tally("a", ready_cells[0], pairs=[0.2, 0.21, 0.19, 0.2, 0.22, 0.18], **known)
    failed = Tally("a", ready_cells[1], stopped=True, slower=alarm, **known)
    until = Deadline(Clock(), math.inf).within(60.0)
    schedule = Schedule({"a": [slower, failed], "b": [Tally("b", ready_cells[0], verified=True)]}, until)
    assert schedule.next() == chosen


@pytest.mark.parametrize(("left_s", "chosen"), [(13.0, "b"), (11.0, "a")])
def test_none_is_begun_whose_least_pairs_no_longer_fit(ready_cells, left_s, chosen):
    """Six of 2 s each don't fit 11 s, which are left to one that is undecided after its own."""
    undecided = Tally("a", ready_cells[0], verified=True, pairs=[-0.1, 0.1] * 3, pair_s=1.0, start_s=1.0)
    fresh = Tally("b", ready_cells[0], verified=True, start_s=1.0)
    schedule = Schedule({"a": [undecided], "b": [fresh]}, Deadline(Clock(), math.inf).within(left_s))
    assert schedule.next() == chosen


def test_of_those_without_a_pair_the_one_that_started_soonest_comes_first(ready_cells):
    """Dask's cluster takes long to start: its pairs would leave no time for the others."""
    groups = {
        name: [Tally(name, one, verified=True, start_s=start_s) for one in ready_cells * cells]
        for name, start_s, cells in (("a", 3.0, 1), ("b", 0.7, 4), ("c", 1.0, 1))
    }
    schedule = Schedule(groups, Deadline(Clock(), math.inf).within(80.0))
    assert schedule.next() == "b"
    for tally in groups["b"]:
        tally.stopped = True
    assert schedule.next() == "c"


def test_one_that_looks_slower_when_the_budget_ends_says_so(ready_cells):
    (found,) = check(ready_cells[:1], lambda cell: 1.5, budget_s=5.5)
    assert found.outcome == "can't tell"
    assert "looks slower; " in found.reason


def test_a_budget_of_which_verification_takes_a_share_has_to_grow_by_more(ready_cells):
    def more_s(cost: float) -> float:
        clock = Clock()
        until = Deadline(clock, math.inf).within(3.0)
        gate = Gate(OLD, NEW, lambda _side, name: Noisy(clock, name, 1e6), Rules(), until, lambda _: None, cost=cost)
        (found,) = gate.check(["a"], ready_cells[:1])
        return found.more_s

    assert more_s(2.0) == pytest.approx(2 * more_s(1.0))


def test_a_budget_that_is_over_passes_nobody(ready_cells):
    found = check(ready_cells, budget_s=1e-6, names=("a", "b", "c"))
    assert {one.impl for one in found if one.undecided} == {"a", "b", "c"}
    assert not any(one.pairs for one in found)


@pytest.mark.parametrize("budget_s", [20.0, 40.0, 80.0])
def test_the_budget_is_kept_and_spent(ready_cells, budget_s):
    """Undecidable noise uses up the budget, and exceeds it by one pair at most."""
    clock, rng = Clock(), np.random.default_rng(0)

    def worker(side: Side, name: str) -> Noisy:
        luck = float(np.exp(0.3 * rng.standard_normal()))
        return Noisy(clock, name, 1e6, luck=luck)

    Gate(OLD, NEW, worker, Rules(), Deadline(clock, math.inf).within(budget_s), lambda _: None).check(
        ["a"], ready_cells
    )
    assert 0.75 * budget_s < clock.now_s < 1.1 * budget_s


@dataclass
class Placed(Noisy):
    """A process that takes 40 s to start, and has other luck with its memory at each preparation."""

    prepared: list[str] = field(default_factory=list)
    rng: np.random.Generator = field(default_factory=np.random.default_rng)

    def start(self) -> None:
        self.clock.now_s += 40.0

    def prepare(self, folder: str) -> float:
        self.prepared.append(folder)
        self.luck = float(np.exp(0.1 * self.rng.standard_normal()))
        return super().prepare(folder)


def test_a_pair_is_measured_for_as_long_as_it_takes_to_start(ready_cells):
    clock, rng, made = Clock(), np.random.default_rng(0), list[Placed]()

    def worker(side: Side, name: str) -> Placed:
        made.append(Placed(clock, name, 1e6, rng=rng))
        return made[-1]

    gate = Gate(OLD, NEW, worker, Rules(), Deadline(clock, math.inf).within(1e6), lambda _: None)
    (found,) = gate.check(["a"], ready_cells[:1])
    times = {len(one.prepared) - TIMES for one in made[2:]}  # the first call has a preparation of its own
    assert min(times) >= 5
    assert found.seconds == pytest.approx(80.0 * len(found.pairs), rel=0.15)
    assert np.std(np.log(found.pairs)) < 0.1 * math.sqrt(2) / 2


def test_shorter_pairs_share_less_of_the_time_of_their_start(ready_cells):
    clock, made = Clock(), list[Placed]()

    def worker(side: Side, name: str) -> Placed:
        made.append(Placed(clock, name, 1e6))
        return made[-1]

    gate = Gate(OLD, NEW, worker, Rules(), Deadline(clock, math.inf).within(1e6), lambda _: None, pace=0.3)
    tally = Tally("a", ready_cells[0], verified=True)
    gate._with_pair("a", [tally], partial(gate._measure, 1))
    assert tally.pair_s == pytest.approx(0.3 * tally.start_s, rel=0.2)


@dataclass
class Threaded(Noisy):
    """A process that keeps two cores busy."""

    prepared: list[str] = field(default_factory=list)

    def prepare(self, folder: str) -> float:
        self.prepared.append(folder)
        return super().prepare(folder)

    def calibrate(self, least_s: float) -> Calibrated:
        return replace(super().calibrate(least_s), threads=2.0)


@pytest.mark.parametrize(("ns_per_element", "measurements"), [(1e5, 3), (4e6, 2), (1e7, 1)])
def test_several_cores_get_several_preparations_in_the_same_time(ready_cells, ns_per_element, measurements):
    """Calls of 3, 120 and 300 ms: with the slowest, one round takes longer than the time of all."""
    made, clock = list[Threaded](), Clock()

    def worker(side: Side, name: str) -> Threaded:
        made.append(Threaded(clock, name, ns_per_element))
        return made[-1]

    gate = Gate(OLD, NEW, worker, Rules(), Deadline(clock, math.inf).within(1e6), lambda _: None)
    gate.check(["a"], ready_cells[:1])
    assert {len(one.prepared) - TIMES for one in made[2:]} == {measurements}


def test_each_side_is_first_in_every_second_measurement(ready_cells, monkeypatch):
    """In a pair; in the next pair, the other side is first."""
    first, clock = list[bool](), Clock()

    def noted(pair: Pair, *arguments, **options) -> Measured:
        first.append(pair.new_first)
        return measured(pair, *arguments, **options)

    monkeypatch.setattr(measure, "measured", noted)
    until = Deadline(clock, math.inf).within(1e6)
    Gate(OLD, NEW, lambda _, name: Threaded(clock, name, 1e5), Rules(), until, lambda _: None).check(
        ["a"], ready_cells[:1]
    )
    assert first == [number % 2 == 1 for number in range(3 * LEAST_PAIRS)]


def test_implementations_of_new_only_have_no_share_of_the_level(ready_cells):
    compared, added = Tally("a", ready_cells[0]), Tally("b", ready_cells[0], new=True)
    assert Schedule({"a": [compared], "b": [added]}, Deadline(Clock(), math.inf)).tallies == 1


@pytest.mark.parametrize("budget_s", [700.0, 740.0])
def test_a_pair_is_not_measured_again_when_the_budget_is_over(ready_cells, budget_s):
    clock = Clock()
    gate = Gate(
        OLD,
        NEW,
        lambda _, name: Placed(clock, name, 1e6),
        Rules(),
        Deadline(clock, math.inf).within(budget_s),
        print,
    )
    gate.check(["a"], ready_cells[:1])
    assert clock.now_s < budget_s + 10.0
