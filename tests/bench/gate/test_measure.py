"""The gate on a simulated clock, where the truth is known: who fails, who doesn't, what is told."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from gradrace.bench.gate import measure
from gradrace.bench.gate.code.sides import Side
from gradrace.bench.gate.findings import Finding
from gradrace.bench.gate.levels import LOOKS, TOGETHER, looks
from gradrace.bench.gate.limits import LEAST_MORE_BYTES, Limits, Rules
from gradrace.bench.gate.measure import Gate
from gradrace.bench.gate.pairs.blame import SideOut, blame
from gradrace.bench.gate.pairs.gradients import measured
from gradrace.bench.gate.pairs.preparations import TIMES
from gradrace.bench.gate.pairs.rounds import Measured
from gradrace.bench.gate.pairs.sides import Pair
from gradrace.bench.gate.schedule import Schedule
from gradrace.bench.gate.sizes import fitting
from gradrace.bench.gate.tallies import LEAST_PAIRS, Tally
from gradrace.bench.problems import from_seed
from gradrace.bench.race.cell import ReadyCell
from gradrace.bench.race.race import set_up
from gradrace.bench.results import STARVED, Absence, Cell
from gradrace.bench.timing import Deadline
from gradrace.bench.workers import client, waiting
from gradrace.bench.workers.answers import Calibrated, Computed, Forgotten
from gradrace.bench.workers.process import (
    NO_ANSWER,
    WorkerFailed,
    WorkerOutOfBudget,
    WorkerStarved,
    WorkerUnavailable,
    with_core_s,
)
from gradrace.impls.discovery import not_installed
from tests.bench.simulated import Clock, Simulated

OLD, NEW = Side("OLD", Path("old")), Side("NEW", Path("new"))
CELLS = [Cell(10, 3), Cell(40, 3)]


@dataclass
class Noisy(Simulated):
    """A process that is `slowdown` times as slow as it should be, and as lucky with its memory as processes are."""

    slowdown: Callable[[Cell], float] = lambda cell: 1.0
    luck: float = 1.0
    load_failure: WorkerFailed | None = None
    ended: list[str] = field(default_factory=list)
    peak_bytes: int | None = 50_000_000

    @property
    def call_s(self) -> float:
        cell = Cell(self.case.problem.m, self.case.problem.n_x)
        return super().call_s * self.luck * self.slowdown(cell)

    def start(self) -> None:
        if self.load_failure is not None:
            raise self.load_failure

    def forget(self) -> Forgotten:
        return replace(super().forget(), peak_rss_bytes=self.peak_bytes)

    def end(self) -> None:
        self.ended.append(self.name)


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes at once would each seem to take the seconds of both, as they share the clock."""
    monkeypatch.setattr(client, "cores", lambda: 1)


@pytest.fixture(scope="module")
def ready_cells(tmp_path_factory: pytest.TempPathFactory) -> list[ReadyCell]:
    made = []
    for cell in CELLS:
        folder = tmp_path_factory.mktemp(f"m{cell.m}")
        made.append(ReadyCell(cell, folder, set_up(cell, from_seed(0), folder), np.random.default_rng(0)))
    return made


def check(
    ready_cells: list[ReadyCell],
    slowdown: Callable[[Cell], float] = lambda cell: 1.0,
    *,
    noise: float = 0.02,
    budget_s: float = 1e6,
    seed: int = 0,
    names: tuple[str, ...] = ("a",),
    ns_per_element: float = 1e6,
    ended: list[str] | None = None,
    rules: Rules | None = None,
    **new_only: object,
) -> list[Finding]:
    """Findings where NEW is so much slower; `noise`: the standard deviation of a process's luck."""
    rng, clock = np.random.default_rng(seed), Clock()

    def worker(side: Side, name: str) -> Noisy:
        luck = float(np.exp(noise * rng.standard_normal()))
        common = {"luck": luck, "ended": [] if ended is None else ended}
        if side is OLD:
            return Noisy(clock, name, ns_per_element, **common)
        return Noisy(clock, name, ns_per_element, slowdown=slowdown, **common, **new_only)

    gate = Gate(OLD, NEW, worker, rules or Rules(), Deadline(clock, math.inf).within(budget_s), lambda _: None)
    return gate.check(names, ready_cells)


def gated(
    worker: Callable[[Clock, Side, str], Noisy],
    ready_cells: list[ReadyCell],
    *,
    budget_s: float = 1e6,
    rules: Rules | None = None,
) -> list[Finding]:
    """Findings for processes that a function makes."""
    clock = Clock()
    until = Deadline(clock, math.inf).within(budget_s)
    gate = Gate(OLD, NEW, partial(worker, clock), rules or Rules(), until, lambda _: None)
    return gate.check(["a"], ready_cells)


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


def test_a_wrong_gradient_fails_and_is_not_timed(ready_cells):
    found = check(ready_cells, wrong_from_call=0)
    assert {one.outcome for one in found} == {"wrong"}
    assert all(one.alarms and one.ratio is None and "error bound" in one.reason for one in found)


@pytest.mark.parametrize(("first_wrong_call", "outcome"), [(None, "new"), (0, "wrong")])
def test_one_that_is_new_is_verified(ready_cells, first_wrong_call, outcome):
    clock = Clock()

    def worker(side: Side, name: str) -> Noisy:
        assert side is NEW
        return Noisy(clock, name, 1e6, wrong_from_call=first_wrong_call)

    gate = Gate(OLD, NEW, worker, Rules(), Deadline(clock, math.inf).within(10), lambda _: None)
    assert {one.outcome for one in gate.check([], ready_cells, ["added"])} == {outcome}


def test_what_goes_wrong_during_the_race_fails_too(ready_cells):
    assert {one.outcome for one in check(ready_cells, fails_in="sample")} == {"failed"}


class Killed(Noisy):
    """A process that something else kills when it is sampled."""

    def sample(self, calls):
        raise WorkerFailed("its process was killed by SIGKILL")


class Hanging(Noisy):
    """A process that never answers within its timeout of 30 s."""

    def compute(self) -> Computed:
        self.clock.now_s += 30.0
        self.lost_s += 30.0
        raise WorkerFailed(f"{NO_ANSWER} 30 s and was ended")


class Over(Noisy):
    """A process that is ended with the budget while it is verified."""

    def compute(self) -> Computed:
        raise WorkerOutOfBudget


class OverLater(Noisy):
    """A process that is ended with the budget when it is sampled."""

    def sample(self, calls):
        raise WorkerOutOfBudget


class Hung(Noisy):
    """A process that hung for its timeout of 30 s when its costs were measured, and isn't asked again."""

    def prepare(self, folder: str) -> float:
        self.clock.now_s += 0.0 if self.lost_s else 30.0
        again, self.lost_s = "not called again: it " if self.lost_s else "", 30.0
        raise WorkerFailed(f"{again}{NO_ANSWER} 30 s and was ended")


class Loading(Noisy):
    """A process that loads what was compiled before, unless it is to compile that anew."""

    anew = False
    compiles_s = 12.0

    def compile_anew(self, *, anew: bool) -> None:
        self.anew = anew

    def compute(self) -> Computed:
        self.clock.now_s += self.compiles_s if self.anew else 0.0
        return super().compute()


class Brief(Loading):
    compiles_s = 6.0


def gate_of(
    ready_cells, kind: Callable[[Side, int], Callable[..., Noisy]], ready: Callable[[Cell], ReadyCell] | None = None
) -> list[Finding]:
    """Findings where the kind of each process depends on its side and number."""
    clock, made = Clock(), []

    def worker(side: Side, name: str) -> Noisy:
        made.append(side)
        return kind(side, made.count(side))(clock, name, 1e6)

    gate = Gate(OLD, NEW, worker, Rules(), Deadline(clock, math.inf).within(1e6), lambda _: None, ready)
    return gate.check(["a"], ready_cells)


@pytest.mark.parametrize("killed", [2, 3, 5])
@pytest.mark.parametrize("whose", [OLD, NEW])
def test_one_process_that_is_killed_blames_nobody(ready_cells, killed, whose):
    found = gate_of(ready_cells, lambda side, number: Killed if side is whose and number == killed else Noisy)
    assert [one.outcome for one in found] == ["same", "same"]


def test_processes_of_both_sides_that_are_killed_blame_nobody(ready_cells):
    found = gate_of(ready_cells, lambda side, number: Killed if number == (3 if side is OLD else 4) else Noisy)
    assert not any(one.alarms for one in found)
    assert {one.outcome for one in found} == {"skipped"}


@pytest.mark.parametrize(("hanging", "outcome"), [((OLD, NEW), "skipped"), ((OLD,), "skipped"), ((NEW,), "failed")])
def test_a_timeout_blames_new_only_if_old_answers(ready_cells, hanging, outcome):
    found = gate_of(ready_cells, lambda side, _: Hanging if side in hanging else Noisy)
    assert {one.outcome for one in found} == {outcome}


@pytest.mark.parametrize(("old", "new"), [(Noisy, Over), (Over, Noisy), (Over, Hanging), (Over, Over)])
def test_one_that_is_ended_with_the_budget_is_undecided(ready_cells, old, new):
    found = gate_of(ready_cells, lambda side, _: new if side is NEW else old)
    assert {(one.outcome, one.reason) for one in found} == {("can't tell", "not verified within the budget")}


def test_a_pair_that_is_ended_with_the_budget_leaves_what_the_others_showed(ready_cells):
    found = gate_of(ready_cells, lambda side, number: OverLater if number in (3, 4, 5) else Noisy)
    assert [one.outcome for one in found] == ["same", "same"]


@pytest.mark.parametrize(("old", "outcome"), [(Loading, "skipped"), (Brief, "failed")])
def test_new_that_may_have_compiled_for_too_long_is_not_blamed_if_old_only_loaded(ready_cells, old, outcome):
    found = gate_of(ready_cells, lambda side, _: Hanging if side is NEW else old)
    assert {one.outcome for one in found} == {outcome}


class Starved(Noisy):
    """A process that other processes leave no core."""

    def compute(self) -> Computed:
        self.clock.now_s += 30.0
        raise WorkerStarved(f"{NO_ANSWER} 30 s and was ended: {STARVED}")


class Busy(Starved):
    """A process that has a core for 1 s of its timeout."""

    def compute(self) -> Computed:
        self.ran_s = 1.0
        return super().compute()


class Unstarted(Busy):
    """A process that has a core for 1 s of its timeout when it starts."""

    def start(self) -> None:
        self.compute()


class Slowish(Noisy):
    """A process that is waited for, too, but answers after 0.6 s."""

    answers_s = 0.6

    def start(self) -> None:
        self.clock.now_s += self.answers_s

    def compute(self) -> Computed:
        self.clock.now_s += self.answers_s
        return super().compute()


class Quick(Slowish):
    """A process that answers well within the second in which `Busy` has a core."""

    answers_s = 0.04


@pytest.mark.parametrize("starved", [Busy, Unstarted])
@pytest.mark.parametrize(("old", "outcome"), [(Slowish, "skipped"), (Quick, "failed")])
def test_one_that_had_a_core_for_longer_than_old_needs_is_to_blame(ready_cells, starved, old, outcome):
    found = gate_of(ready_cells, lambda side, _: starved if side is NEW else old)
    assert {one.outcome for one in found} == {outcome}
    if outcome == "failed":
        assert all("it had a core for about 1.0 s, and OLD took about" in one.reason for one in found)


@pytest.mark.parametrize("starved", [(NEW,), (OLD,), (OLD, NEW)])
def test_one_that_has_no_core_is_not_to_blame_and_is_tried_again(ready_cells, starved):
    found = gate_of(ready_cells, lambda side, _: Starved if side in starved else Noisy)
    assert {(one.outcome, one.alarms) for one in found} == {("skipped", False)}
    found = gate_of(ready_cells, lambda side, number: Starved if side in starved and number == 3 else Noisy)
    assert {one.outcome for one in found} == {"same"}


@pytest.mark.parametrize(("hung", "outcome"), [((OLD, NEW), "skipped"), ((OLD,), "skipped"), ((NEW,), "failed")])
def test_a_timeout_before_the_verification_counts_as_one(ready_cells, hung, outcome):
    found = gate_of(ready_cells, lambda side, _: Hung if side in hung else Noisy, ready=lambda _: ready_cells[0])
    assert {one.outcome for one in found} == {outcome}


@pytest.mark.parametrize("old_s", [12.0, None])
def test_old_that_is_nearly_as_slow_as_the_timeout_excuses_new(old_s: float | None):
    """So does one that isn't there: nothing then says how busy the machine is."""
    absence = Absence(impl="a", outcome="failed", stage="first call", message=f"{NO_ANSWER} 30 s and was ended")
    new = SideOut(True, absence)
    assert blame(new, 30.0, None, 1.0) is new
    excused = blame(new, 30.0, None, old_s)
    assert (excused.new, excused.absence.outcome) == (False, "skipped")


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7])
def test_the_same_code_on_a_busy_machine_is_excused_however_many_threads_it_has(threads: int, share: float) -> None:
    """Each thread had a core for this share of the timeout, in which it did at most what OLD does on free cores."""
    times = [{thread: int(1e10 * part) for thread in range(threads)} for part in (share, 1 - share)]
    before, now = waiting.Schedule(0, 2, {}, {}), waiting.Schedule(10**10, 2, *times)
    message = f"{NO_ANSWER} 30 s and was ended: {STARVED}"
    new = SideOut(True, Absence(impl="a", outcome="skipped", stage="first call", message=message))
    assert not blame(new, with_core_s(30, waiting.waited_s(before, now) / 10), None, 30 * share).new
    assert blame(new, with_core_s(30, 0.26), None, 30 / 3).excused  # as a timeout without other processes is


class Starting(Noisy):
    """A process that needs so many seconds to start, and isn't waited for longer than 30."""

    start_s = 0.0

    def start(self) -> None:
        self.clock.now_s += min(self.start_s, 30.0)
        if self.start_s > 30:
            raise WorkerFailed(f"{NO_ANSWER} 30 s and was ended")


class Stuck(Starting):
    start_s = 31.0


class Slow(Starting):
    start_s = 10.0


@pytest.mark.parametrize(("old", "outcome"), [(Noisy, "failed"), (Slow, "skipped"), (Stuck, "skipped")])
def test_a_timeout_of_the_start_blames_new_only_if_old_starts_well_within_it(ready_cells, old, outcome):
    found = gate_of(ready_cells, lambda side, _: Stuck if side is NEW else old)
    assert {one.outcome for one in found} == {outcome}


@pytest.mark.parametrize("kind", [Hanging, Stuck])
def test_a_timeout_of_what_old_lacks_is_no_fault(ready_cells, kind: type[Noisy]):
    clock = Clock()
    worker = lambda _, name: kind(clock, name, 1e6)  # noqa: E731
    gate = Gate(OLD, NEW, worker, Rules(), Deadline(clock, math.inf).within(1e6), lambda _: None)
    (one, *_) = gate.check([], ready_cells, ["a"])
    assert (one.outcome, one.alarms) == ("skipped", False)
    assert one.reason is not None
    assert "OLD has none to compare with" in one.reason


class Broken(Noisy):
    """A process that can't be started."""

    def start(self) -> None:
        raise WorkerFailed("SyntaxError")


def test_a_timeout_beside_an_old_that_could_not_be_started_is_told_so(ready_cells):
    found = gate_of(ready_cells, lambda side, _: Hanging if side is NEW else Broken)
    assert {one.outcome for one in found} == {"skipped"}
    assert all("OLD couldn't be started" in one.reason and "has none" not in one.reason for one in found)


def test_a_crash_of_both_sides_blames_nobody():
    new, old = (
        SideOut(side, Absence(impl="a", outcome="failed", stage="race", message="killed")) for side in (True, False)
    )
    assert blame(new, 1.0, None, 0.1) is new
    excused = blame(new, 1.0, old, 0.1)
    assert (excused.new, excused.absence.outcome) == (False, "skipped")


def test_slow_implementations_get_sizes_that_they_can_do():
    def seconds(cell: Cell) -> float:
        return 3.5e-6 * cell.m * cell.n_x

    assert fitting(Cell(10, 10), seconds) == Cell(10, 10)
    assert fitting(Cell(100_000, 100), seconds) == Cell(1000, 100)
    assert fitting(Cell(209, 12_288), seconds) == Cell(1, 12_288)


class Fickle(Noisy):
    """Wrong in the first call of its process, and never again."""

    def compute(self) -> Computed:
        self.wrong_from_call = 0 if self.calls_made == 0 else None
        return super().compute()


@pytest.mark.parametrize("fickle", [1, 2, 4])
def test_a_first_call_that_is_wrong_in_one_process_fails_too(ready_cells, fickle):
    clock, made = Clock(), []

    def worker(side: Side, name: str) -> Noisy:
        made.append(side)
        kind = Fickle if side is NEW and made.count(NEW) == fickle else Noisy
        return kind(clock, name, 1e6)

    gate = Gate(OLD, NEW, worker, Rules(), Deadline(clock, math.inf).within(1e6), lambda _: None)
    assert "wrong" in {one.outcome for one in gate.check(["a"], ready_cells)}


def test_what_can_no_longer_be_loaded_fails_unless_a_package_is_missing(ready_cells):
    assert {one.outcome for one in check(ready_cells, load_failure=WorkerFailed("SyntaxError"))} == {"failed"}
    missing = check(ready_cells, load_failure=WorkerUnavailable("needs jax"))
    assert {one.outcome for one in missing} == {"skipped"}
    assert all(one.undecided and not one.alarms for one in missing)


@pytest.mark.parametrize("when", ["start", "prepare", "compute", "sample"])
@pytest.mark.parametrize(("removed", "outcome"), [("helper", "failed"), ("jax", "skipped")])
def test_a_module_that_new_has_removed_fails_though_it_looks_like_a_missing_package(
    ready_cells, tmp_path, removed, outcome, when
):
    """It may be imported when the file is loaded, or by one of its functions."""
    (tmp_path / "helper.py").write_text("X = 1")

    class Lacking(Noisy):
        def ask(self, operation, *arguments):
            if operation.__name__ == when:
                self.fail()
            return super().ask(operation, *arguments)

        def start(self) -> None:
            if when == "start":
                self.fail()

        def fail(self) -> None:
            raise WorkerUnavailable(not_installed(removed))

    old, clock = Side("OLD", tmp_path, points={}), Clock()

    def worker(side: Side, name: str) -> Noisy:
        return (Noisy if side is old else Lacking)(clock, name, 1e6)

    gate = Gate(old, NEW, worker, Rules(), Deadline(clock, math.inf).within(1e6), lambda _: None)
    found = gate.check(["a"], ready_cells)
    assert {one.outcome for one in found} == {outcome}
    assert all(("; install it, or" in one.reason) is (outcome == "skipped") for one in found)


def test_a_process_is_let_go_of_its_core_though_the_other_failed(ready_cells):
    clock, made = Clock(), []

    def worker(side: Side, name: str) -> Noisy:
        made.append(Noisy(clock, name, 1e6, fails_in="sample" if side is NEW else None))
        made[-1].place = -1  # as if it were held from the beginning
        return made[-1]

    Gate(OLD, NEW, worker, Rules(), Deadline(clock, math.inf).within(10), lambda _: None).check(["a"], ready_cells)
    assert [one.place for one in made] == [-1, -1, *[None] * 4]  # those that verify are never held


def test_all_processes_are_ended(ready_cells):
    ended: list[str] = []
    check(ready_cells, noise=0.005, ended=ended)
    assert len(ended) == 2 * (1 + LEAST_PAIRS)
    ended.clear()
    check(ready_cells, fails_in="sample", ended=ended)
    assert len(ended) == 2 * 3


def test_what_was_too_slow_to_repeat_is_skipped(ready_cells):
    found = check(ready_cells, ns_per_element=1e9)
    assert {one.outcome for one in found} == {"skipped"}
    assert all("too long" in one.reason for one in found)


def test_what_has_become_too_slow_does_not_get_away(ready_cells):
    """10,000 times as slow, and a budget that holds enough pairs of the cheaper cell only: both look it."""
    found = check(ready_cells, lambda cell: 1e4, budget_s=60_000)
    assert [one.outcome for one in found] == ["slower", "slower"]


@pytest.mark.parametrize(
    ("trick", "told"),
    [({"late_s": 1.0}, "returns before it has finished"), ({"remembers": True}, "caches its results")],
)
def test_new_that_is_late_or_remembers_is_wrong_and_not_faster(ready_cells, trick, told):
    for one in check(ready_cells, lambda cell: 0.5, **trick):
        assert (one.outcome, one.alarms) == ("wrong", True)
        assert told in one.reason


@dataclass
class Compiling(Noisy):
    """A process that compiles, and needs more memory than others."""

    peak_bytes: int | None = 150_000_000


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [
        (50_000_000, 50_000_000 + LEAST_MORE_BYTES, "same"),
        (50_000_000, 70_000_000, "more memory"),
        (500_000_000, 590_000_000, "same"),
        (500_000_000, 610_000_000, "more memory"),
        (70_000_000, 50_000_000, "same"),
    ],
)
def test_more_memory_fails_beyond_a_share_and_an_amount(ready_cells, old, new, outcome):
    found = gate_of(ready_cells, lambda side, _: partial(Noisy, peak_bytes=new if side is NEW else old))
    assert {one.outcome for one in found} == {outcome}
    assert {one.alarms for one in found} == {outcome == "more memory"}
    assert {one.peak for one in found} == {(old, new)}


@pytest.mark.parametrize("compiling", [1, 2, 4])
def test_a_process_that_needed_more_memory_once_fails_nobody(ready_cells, compiling):
    found = gate_of(ready_cells, lambda side, number: Compiling if side is NEW and number == compiling else Noisy)
    assert [one.outcome for one in found] == ["same", "same"]


def test_more_memory_is_shown_by_six_pairs():
    tally = Tally("a", None, peaks=[(50_000_000, 70_000_000)] * 5)
    assert not tally.needs_more_memory
    tally.peaks.append(tally.peaks[0])
    assert tally.needs_more_memory


def test_more_memory_is_told_of_what_is_slower_too(ready_cells):
    found = check(ready_cells, lambda cell: 1.5, peak_bytes=90_000_000)
    assert {(one.outcome, one.more_memory) for one in found} == {("slower", True)}


def test_a_system_that_does_not_report_memory_passes(ready_cells):
    found = gate_of(ready_cells, lambda side, _: partial(Noisy, peak_bytes=None))
    assert {(one.outcome, one.peak) for one in found} == {("same", None)}


@pytest.mark.parametrize(("slack_s", "outcome"), [(0.0, "slower"), (1e-3, "slower"), (1e-2, "same")])
def test_a_slowdown_below_an_absolute_time_passes(ready_cells, slack_s, outcome):
    """Calls of 30 ms get slower by 15 %, 4.5 ms."""
    (found,) = check(ready_cells[:1], lambda cell: 1.15, rules=Rules(Limits(slack_s=slack_s)))
    assert found.outcome == outcome
    assert found.threshold == pytest.approx(max(0.05, slack_s / 0.03), rel=0.05)


def test_an_implementation_has_its_own_threshold(ready_cells):
    rules = Rules(named={"a": Limits(threshold=0.3)})
    found = check(ready_cells[:1], lambda cell: 1.15, names=("a", "b"), rules=rules)
    assert [(one.impl, one.outcome) for one in found] == [("a", "same"), ("b", "slower")]
