"""Verification of NEW on the hard problems: what the budget doesn't reach isn't passed."""

from __future__ import annotations

import re
import shutil
import sys
from contextlib import nullcontext
from itertools import count as count_up
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from msgspec.structs import replace

from gradrace.bench import verify
from gradrace.bench.gate import hard
from gradrace.bench.gate.check import Request, check_sides
from gradrace.bench.gate.code.changes import Difference
from gradrace.bench.gate.code.sides import Side
from gradrace.bench.gate.findings import ALL_HARD, Finding
from gradrace.bench.gate.hard import Tried
from gradrace.bench.gate.measure import Gate
from gradrace.bench.paths import ROOT, Home
from gradrace.bench.race.plan import PILOTS
from gradrace.bench.results import BUDGET_OVER, STARVED, Cell
from gradrace.bench.subjects.rows import Row
from gradrace.bench.timing import NEVER, Deadline
from gradrace.bench.verification.hard_problems import Exercise
from gradrace.bench.verification.judge import Observation
from gradrace.bench.workers import client
from gradrace.bench.workers.client import ProcessWorker
from gradrace.bench.workers.process import NO_ANSWER, WorkerProcess, WorkerStarved
from gradrace.impls.interface import Gradient
from gradrace.reports.text.gate_text import headline, notes, rows
from tests.bench.implementations import write

SIDE = Side("NEW", ROOT)
CELL = Cell(10, 10)
CELLS = [CELL, Cell(100_000, 100)]


def verified(monkeypatch: pytest.MonkeyPatch, seconds: int, first: int = 0, count: int = 1000) -> hard.Hard:
    """Results if a row takes a second or two, and the budget so many seconds."""
    clock = count_up()
    blank = Row(impl="numpy_vectorized", problem="x", m=3, n_x=2, dtype="float64")
    monkeypatch.setattr(verify, "verify", lambda *_: (blank for _ in range(count)))
    sources = [SIDE.sources()["numpy_vectorized"]]
    until = Deadline(lambda: int(1e9 * next(clock)), int(1e9 * seconds))
    return hard.verify(SIDE, sources, [], [CELL], 0, until, lambda _: None, first)


def test_what_the_budget_did_not_reach_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = verified(monkeypatch, 10)
    (found,) = tried.unfinished
    assert (found.outcome, found.problem, found.undecided) == ("can't tell", ALL_HARD, True)
    assert 1 <= tried.done <= 10
    assert found.reason is not None
    assert re.fullmatch(rf"{tried.done} of \d\d+ hard problems were verified within the budget", found.reason)
    assert found.more_s is not None
    assert 10 < found.more_s < 1000
    assert verified(monkeypatch, 1000).unfinished == []


def test_a_package_that_is_missing_on_a_hard_problem_leaves_it_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    blank = Row(impl="numpy_vectorized", problem="x", m=3, n_x=2, dtype="float64", skipped="unavailable: needs jax")
    monkeypatch.setattr(verify, "verify", lambda *_: (blank for _ in range(1000)))
    sources, until = [SIDE.sources()["numpy_vectorized"]], Deadline(lambda: 0, 10**12)
    (found,) = hard.verify(SIDE, sources, [], [CELL], 0, until, lambda _: None).unfinished
    assert (found.outcome, found.undecided) == ("unavailable", True)
    assert found.reason == "on the hard problem 'x': needs jax; install it, or the dependencies of its project"


def test_the_second_time_goes_on_where_the_first_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    total = len(verify.exercises((), ["float64"], 0))
    assert verified(monkeypatch, 10_000, first=total - 3, count=3).unfinished == []
    (found,) = verified(monkeypatch, 10_000, first=total - 3, count=2).unfinished
    assert found.reason == f"{total - 1} of {total} hard problems were verified within the budget"


def test_a_wrong_one_has_its_mistake_which_a_later_problem_may_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """A problem of one example and one feature, which is the first one, shows next to nothing."""
    names = ["numpy_vectorized", "numpy_columns"]
    blank = Row(impl=names[0], problem="one of one", m=1, n_x=1, dtype="float64", findings=("told",))
    later = replace(blank, problem="ordinary", m=3, n_x=2, findings=("also told",))
    rows_ = [blank, replace(blank, impl=names[1]), replace(later, begins="dw isn't divided by m"), later]
    monkeypatch.setattr(verify, "verify", lambda *_: (row for row in rows_))
    monkeypatch.setattr(hard, "_compiling", lambda *_: nullcontext())
    sources = [SIDE.sources()[name] for name in names]
    found = hard.verify(SIDE, sources, [], [CELL], 0, Deadline(lambda: 0, 40e9), lambda _: None).faults
    assert [(one.impl, one.outcome, one.problem) for one in found] == [(name, "wrong", "one of one") for name in names]
    first = "on the hard problem 'one of one': told"
    assert [one.reason for one in found] == [f"{first}; dw isn't divided by m", first]


def test_one_that_was_ended_with_the_budget_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    row = Row(impl="numpy_vectorized", problem="x", m=3, n_x=2, dtype="float64", findings=(BUDGET_OVER,), failed=True)
    monkeypatch.setattr(verify, "verify", lambda *_: (one for one in [row]))
    sources = [SIDE.sources()["numpy_vectorized"]]
    tried = hard.verify(SIDE, sources, [], [CELL], 0, Deadline(lambda: 0, 40e9), lambda _: None)
    assert (tried.faults, [one.outcome for one in tried.unfinished]) == ([], ["can't tell"])


def test_of_a_timeout_without_a_core_the_time_with_one_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    def starved(process: object, kind: type, timeout_s: float) -> str:
        raise WorkerStarved(f"{HUNG}: {STARVED}", 3.0)

    monkeypatch.setattr(WorkerProcess, "expect", starved)
    (first, *_) = verify.exercises((), ["float64"], 0)
    assert hard._tried([first], ProcessWorker(SIDE.sources()["numpy_vectorized"], 1, 20.0)).seconds == 3.0


ENDED = ", and the budget was over before both sides had been tried again"
CRASHED, HUNG = "died of SIGSEGV", f"{NO_ANSWER} 20 s and was ended"


@pytest.mark.parametrize(
    ("new", "old", "outcome", "said"),
    [
        (CRASHED, Tried(None, 19.0), "failed", ""),
        (CRASHED, None, "failed", ""),
        (CRASHED, Tried(HUNG, 20.0), "failed", ""),
        (CRASHED, Tried(CRASHED, 1.0), "skipped", ", as OLD does; mend that first"),
        (None, Tried(None, 1.0), "skipped", ", once, and not again"),
        (HUNG, Tried(HUNG, 20.0), "skipped", ", as OLD does; mend that first"),
        (HUNG, Tried(None, 9.9), "failed", ""),
        (f"{HUNG}: {STARVED}", Tried(None, 9.9), "failed", ""),
        (f"{HUNG}: {STARVED}", Tried(None, 10.1), "skipped", f", and {STARVED}"),
        (f"{HUNG}: {STARVED}", None, "skipped", f", and {STARVED}"),
        (HUNG, Tried(None, 10.1), "skipped", ", and OLD took about 10 s: the machine is to blame"),
        (HUNG, Tried(BUDGET_OVER, 9.9), "skipped", ENDED),
        (BUDGET_OVER, Tried(None, 9.9), "skipped", ENDED),
        (CRASHED, Tried(BUDGET_OVER, 9.9), "failed", ""),
        (HUNG, None, "skipped", ", and OLD has none to compare with: the machine may be to blame"),
    ],
)
def test_one_that_fails_is_asked_once_more_beside_old_in_no_longer_a_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, new: str | None, old: Tried | None, outcome: str, said: str
) -> None:
    names, elsewhere = ["numpy_vectorized", "numpy_columns"], Home(tmp_path, sys.executable)
    together, asked = Barrier(2 if old else 1, timeout=20), list[ProcessWorker]()

    def tried(_: list[Exercise], worker: ProcessWorker) -> Tried:
        together.wait()  # breaks if OLD is asked before or after NEW
        asked.append(worker)
        return old if old and worker.home == elsewhere else Tried(new, worker.patience_s)

    (first, *_) = verify.exercises((), ["float64"], 0)
    blank = Row(impl="", problem=first.name, m=3, n_x=2, dtype="float64", findings=("told",), failed=True)
    monkeypatch.setattr(verify, "verify", lambda *_: (replace(blank, impl=name) for name in names))
    monkeypatch.setattr(hard, "_tried", tried)
    monkeypatch.setattr(hard, "_compiling", lambda *_: nullcontext())
    monkeypatch.setattr(client, "cores", lambda: 2)
    sources = [SIDE.sources()[name] for name in names]
    before = [ProcessWorker(source, 1, 1.0, elsewhere) for source in sources] if old else []
    found = hard.verify(SIDE, sources, before, [CELL], 0, Deadline(lambda: 0, 40e9), lambda _: None).faults
    assert [one.outcome for one in found] == [outcome] * 2
    assert [one.reason for one in found] == [f"on the hard problem {first.name!r}: told{said}"] * 2
    times = 2 if new is None else 1  # with all problems, if the one passes
    assert len(asked) == times * (4 if old else 2)
    assert {worker.patience_s for worker in asked} == {20.0}
    assert {worker.anew for worker in asked if worker.home == elsewhere} <= {True}


UNKNOWN, AS_OLD = "raises NameError: name 'Z' is not defined (", "as OLD does; mend that first"


@pytest.mark.parametrize(
    ("lines", "place", "problems", "told"),
    [
        ("Z", "prepare", ["ordinary"], UNKNOWN),
        ("Z", "gradient", ["ordinary"], UNKNOWN),
        ("if m == 1: Z", "gradient", ["ordinary", "one example"], UNKNOWN),
        ("sizes.add(m)\nif m == 1 and len(sizes) > 1: Z", "gradient", ["ordinary", "one example"], UNKNOWN),
        ("if calls >= 5: Z", "gradient", ["ordinary", "one example"], UNKNOWN),
        ("Z", "gradient", ["points"], UNKNOWN),
        ("if calls >= 5: Z", "gradient", ["ordinary", "points"], UNKNOWN),
        ("if calls == 2: os._exit(1)", "gradient", ["ordinary"], "its process exited"),
        ("if calls >= 5: os._exit(1)", "gradient", ["ordinary", "one example"], "its process exited"),
    ],
)
@pytest.mark.parametrize("old", ["right", "the same", None])
def test_new_that_raises_or_dies_fails_unless_old_does(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    lines: str,
    place: str,
    problems: list[str],
    told: str,
    old: str | None,
) -> None:
    """Some do so only after many calls, or other problems: in a process of its own, the problem would pass."""
    (tmp_path / "old").mkdir()
    monkeypatch.setattr(verify, "exercises", lambda *_, **__: [Exercise(name, "float64", 0) for name in problems])
    monkeypatch.setattr(hard, "_compiling", lambda *_: nullcontext())
    new = write(tmp_path, "mine", top="sizes = set()", **{place: lines})
    before = write(tmp_path / "old", "mine", top="sizes = set()", **({place: lines} if old == "the same" else {}))
    workers = [ProcessWorker(before, 1, 20.0)] if old else []
    (found,) = hard.verify(SIDE, [new], workers, [CELL], 0, NEVER.within(60.0), lambda _: None).faults
    assert found.reason is not None
    assert told in found.reason
    assert found.outcome == ("skipped" if old == "the same" else "failed")
    assert (AS_OLD in found.reason) == (old == "the same")


def test_an_implementation_that_compiles_anew_uses_and_leaves_no_compiled_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither where it was compiled before, nor where it will be looked for."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    (first, *_) = verify.exercises((), ["float64"], 0)
    assert hard._tried([first], ProcessWorker(SIDE.sources()["numba_loop"], 1, 120.0, anew=True)).fault is None
    assert [*tmp_path.rglob("*.nbc")] == []
    assert hard._tried([first], ProcessWorker(SIDE.sources()["numba_loop"], 1, 120.0)).fault is None
    assert [*tmp_path.rglob("*.nbc")] != []


@pytest.mark.parametrize(("outcome", "answer"), [("same", "unknown"), ("wrong", "failed"), ("skipped", "unknown")])
def test_a_cell_that_passes_is_not_enough(monkeypatch: pytest.MonkeyPatch, outcome: str, answer: str) -> None:
    """Where no cell passes, the cells say why, and a line about the hard problems would add nothing."""
    tried, asked = verified(monkeypatch, 10), list[int]()
    cell = Finding(impl="numpy_vectorized", cell=CELL, outcome=outcome, ratio=1.0, low=0.99, high=1.01, confidence=0.97)

    def again(*arguments: object) -> hard.Hard:
        asked.append(len(arguments))
        return tried

    monkeypatch.setattr(hard, "verify", again)
    monkeypatch.setattr(Gate, "check", lambda *_: [cell])
    request = Request("HEAD", [CELL], None, 60.0, 1, 0)
    told = check_sides(SIDE, SIDE, request, lambda *_: None, [Difference("numpy_vectorized", ("numpy_vectorized.py",))])
    assert told.answer == answer
    assert len(told.findings) == len(asked) == 1 + (outcome == "same")
    if outcome == "same":
        assert rows(told)[-1][:2] == ("numpy_vectorized", "hard problems")
        assert headline(told).startswith("Can't tell: 1 of 2 cells is not more than 5 % slower")
        assert any(line.startswith("numpy_vectorized on the hard problems: can't tell: ") for line in notes(told))


class Recording:
    """A worker that notes the problems it is asked to compile on; a call takes so many seconds an element."""

    name, hung, threads, home = "numpy_vectorized", None, 1, SIDE.home
    source = SIDE.sources()[name]

    def __init__(self, seconds_per_element: float) -> None:
        self.seconds_per_element = seconds_per_element
        self.seen: list[tuple[str, int, int]] = []

    def start(self) -> None:
        """Do nothing."""

    def ask(self, operation: object, exercise: Exercise) -> Observation:
        self.seen.append((exercise.name, exercise.m, exercise.n_x))
        call_s = self.seconds_per_element * exercise.m * exercise.n_x
        return Observation((Gradient(1.0, np.zeros(1), 0.0),), (), call_s=call_s)

    def end(self) -> None:
        """Do nothing."""


def test_what_an_earlier_check_has_compiled_is_not_compiled_ahead_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless kernels are gone, for another processor, not kept, or others are needed, or the check ended before."""
    place = tmp_path / "kernels"
    monkeypatch.setattr(hard, "kept_folder_of", lambda _: place if place.is_dir() else None)

    def compiles(cells: list[Cell] = CELLS, seconds: float = 60.0, **attributes: object) -> bool:
        worker = Recording(1e-9)
        worker.__dict__ |= attributes
        with hard._compiling([worker], verify.exercises((), ["float64"], 0), cells, NEVER.within(seconds)):
            pass
        return worker.seen != []

    assert [compiles(), compiles()] == [True, True]
    place.mkdir()
    assert [compiles(seconds=0.0), compiles(), compiles()] == [False, True, False]
    assert compiles(CELLS[:1])
    assert compiles(threads=2)
    assert compiles(name="numpy_columns")
    assert compiles(home=Home(ROOT, "another/python"))
    (place / "_simd").mkdir()
    (kernel := place / "_simd" / "fused.1.nbc").touch()
    assert [compiles(threads=3), compiles(threads=3)] == [True, False]
    kernel.unlink()
    assert compiles(threads=3)
    monkeypatch.setattr("llvmlite.binding.get_host_cpu_name", lambda: "another")
    assert compiles()
    shutil.rmtree(place)
    assert compiles()


@pytest.mark.parametrize(("seconds_per_element", "compiled"), [(1e-9, CELLS), (1e-6, CELLS[:1])])
def test_old_compiles_for_the_cells_that_it_can_do(
    monkeypatch: pytest.MonkeyPatch, seconds_per_element: float, compiled: list[Cell]
) -> None:
    monkeypatch.setattr(hard, "kept_folder_of", lambda _: None)
    worker = Recording(seconds_per_element)
    todo = verify.exercises((), ["float64"], 0)
    with hard._compiling([worker], todo, CELLS, NEVER.within(60.0)):
        pass
    assert [name for name, _, _ in worker.seen[:2]] == [*verify.COMPILING]
    sizes = [*PILOTS, *((cell.m, cell.n_x) for cell in compiled)]
    assert [(m, n_x) for _, m, n_x in worker.seen[2:]] == [size for size in sizes for _ in ("gradient", "descent")]
