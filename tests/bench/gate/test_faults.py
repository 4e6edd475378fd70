"""Faults of the processes of a check, on a simulated clock: NEW is blamed only for what OLD does well."""

from __future__ import annotations

import math

import pytest

from gradrace.bench.gate.code.sides import Side
from gradrace.bench.gate.limits import Rules
from gradrace.bench.gate.measure import Gate
from gradrace.bench.gate.pairs.blame import SideOut, blame
from gradrace.bench.gate.sizes import fitting
from gradrace.bench.gate.tallies import LEAST_PAIRS
from gradrace.bench.results import STARVED, Absence, Cell
from gradrace.bench.timing import Deadline
from gradrace.bench.workers import waiting
from gradrace.bench.workers.answers import Computed
from gradrace.bench.workers.process import (
    NO_ANSWER,
    WorkerFailed,
    WorkerOutOfBudget,
    WorkerStarved,
    WorkerUnavailable,
    with_core_s,
)
from gradrace.impls.discovery import not_installed
from tests.bench.gate.noisy import NEW, OLD, Noisy, check, gate_of
from tests.bench.simulated import Clock


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
