"""Descents that race: everyone's costs are compared, who is slow stops at the budget, who is wrong is named."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from gradrace.bench.paths import ROOT
from gradrace.bench.results import UnusableInput
from gradrace.bench.timing import NEVER, Deadline
from gradrace.bench.training import model as models
from gradrace.bench.training.comparison import MOST_MARKS, affordable, marks_of, told_apart
from gradrace.bench.training.data import Request, TrainingData
from gradrace.bench.training.descent import Schedule, State
from gradrace.bench.training.drift import Expected
from gradrace.bench.training.events import Begun
from gradrace.bench.training.racing.descent_race import EARLY, Entered, race
from gradrace.bench.training.racing.entering import entering, in_order, paced
from gradrace.bench.training.racing.race_results import Look, Raced, Ran
from gradrace.bench.training.racing.runner import Runner, fair_share_s, take_turns
from gradrace.bench.workers.answers import Advanced, Descended
from gradrace.bench.workers.client import ProcessWorker, ended
from gradrace.bench.workers.process import WorkerFailed
from gradrace.bench.workers.task import Task
from gradrace.impls.discovery import Source, sources
from tests.bench.simulated import Clock

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 4))
Y = (X[:, 0] + 0.5 * RNG.standard_normal(60) > 0).astype(int)

FORGETS_A_STEP = '''
"""Right gradients, but its descents leave a step out."""
from dataclasses import replace
from gradrace.impls.numpy_vectorized import IMPLEMENTATION as right, gradient


def descend(data, w, b, alpha, steps):
    for _ in range(max(1, steps - 1)):
        _, dw, db = gradient(data, w, b)
        w, b = w - alpha * dw, b - alpha * db
    return w, b


IMPLEMENTATION = replace(right, descend=descend)
'''


@pytest.fixture
def training(tmp_path: Path) -> Request:
    np.savez(tmp_path / "a.npz", X=X, y=Y)
    return Request(
        source=str(tmp_path / "a.npz"),
        test_share=0.25,
        schedule=Schedule(alpha=0.3, iterations=250, decay=0.1),
        model=tmp_path / "model.npz",
    )


def named(*impls: str) -> list[Source]:
    return [source for source in sources() if source.name in impls]


def soon(seconds: float = 60.0) -> Deadline:
    return NEVER.within(seconds)


def raced(training: Request, *entered: Source) -> Raced:
    *_, last = race(training, Entered(entered, 1), hear, soon())
    assert isinstance(last, Raced)
    return last


def hear(*_: object) -> None:
    """Ignore the progress."""


def test_everyone_descends_alike_and_the_first_ones_model_is_kept(training):
    began, *events = race(training, Entered(named("numpy_vectorized", "python_loop", "numba_loop"), 1), hear, soon())
    *states, last = events
    assert isinstance(began, Begun)
    assert [state.iteration for state in states if isinstance(state, State)] == [0, 100, 200, 250]
    assert sorted(one.impl for one in last.ran) == ["numba_loop", "numpy_vectorized", "python_loop"]
    assert [one.iteration for one in last.expected] == [0, 100, 200, 250]
    for one in last.ran:
        assert [(at.iteration, f"{at.J:.6f}") for at in one.looks] == [(k, f"{J:.6f}") for k, J in last.costs]
        assert one.error_over_limit <= 1
        assert (one.stopped, one.done.train, one.done.test) == (None, last.first.done.train, last.first.done.test)
        assert np.diff([at.seconds for at in one.looks]).min() > 0
    assert last.absences == []
    kept = models.load(training.model)
    assert kept.record.implementation == last.first.impl
    np.testing.assert_array_equal(kept.w, last.first.done.model.w)


def test_the_first_steps_have_costs_of_the_reference(training):
    w, b, costs = np.zeros((X.shape[1], 1)), 0.0, {}
    last = raced(training, *named("numpy_vectorized"))
    rows = TrainingData(training).problem
    for iteration in range(100):
        a = 1 / (1 + np.exp(-(w.T @ rows.X + b)))
        costs[iteration] = -np.mean(np.where(rows.Y == 1, np.log(a), np.log(1 - a)))
        w, b = w - 0.3 * rows.X @ (a - rows.Y).T / rows.m, b - 0.3 * np.mean(a - rows.Y)
    assert [at for at, _ in last.early] == list(EARLY)
    assert [J for _, J in last.early] == pytest.approx([costs[at] for at in EARLY])
    short = raced(replace(training, schedule=replace(training.schedule, iterations=9)), *named("numpy_vectorized"))
    assert [at for at, _ in short.early] == [1, 2, 3, 4, 6, 8]


def test_who_was_asked_for_by_name_and_is_unavailable_is_missed_before_anything_starts(training, tmp_path):
    (tmp_path / "absent.py").write_text("import no_such_package")
    entered = [*named("numpy_vectorized"), Source("absent", tmp_path / "absent.py")]
    events = race(training, Entered(entered, 1, "numpy_vectorized,absent"), hear, soon())
    with pytest.raises(UnusableInput, match="absent needs the package 'no_such_package'"):
        next(events)
    assert [absence.impl for absence in raced(training, *entered).absences] == ["absent"]  # under `all` it is no fault


def test_a_cost_that_rises_is_kept_in_mind(training):
    rising = raced(replace(training, schedule=Schedule(alpha=500.0, iterations=200)), *named("numpy_vectorized"))
    assert rising.notes[0].startswith("the cost rose: alpha 500 is too large")
    resting = raced(
        replace(training, schedule=Schedule(alpha=0.3, iterations=300, tolerance=0.9)), *named("numba_loop")
    )
    assert resting.notes == ("stopped at iteration 100: the last steps lowered the cost by less than 90 %",)


def test_who_is_wrong_is_named_and_not_ranked(training, tmp_path):
    (tmp_path / "forgetful.py").write_text(FORGETS_A_STEP)
    (tmp_path / "negated.py").write_text((ROOT / "tests" / "wrong" / "dz_negated.py").read_text())
    strangers = [Source(name, tmp_path / f"{name}.py") for name in ("forgetful", "negated")]
    last = raced(training, *named("numpy_vectorized"), *strangers)
    assert [one.impl for one in last.ran] == ["numpy_vectorized"]
    told = {one.impl: (one.outcome, one.stage) for one in last.absences}
    assert told == {"forgetful": ("wrong", "descent"), "negated": ("wrong", "verify")}


def test_where_everyone_fails_there_is_a_result(training, tmp_path):
    (tmp_path / "raises.py").write_text(
        FORGETS_A_STEP.replace("    for _ in", "    raise ValueError('no')\n    for _ in")
    )
    (tmp_path / "other.py").write_text(FORGETS_A_STEP.replace("return w, b", "return w.astype('f4'), b"))
    (tmp_path / "nan.py").write_text(FORGETS_A_STEP.replace("return w, b", "return w * float('nan'), b"))
    last = raced(training, *(Source(name, tmp_path / f"{name}.py") for name in ("raises", "other", "nan")))
    assert (last.ran, last.first) == ([], None)
    told = {one.impl: (one.outcome, one.message) for one in last.absences}
    assert told["raises"] == ("failed", "ValueError: no (raises.py, line 8)")
    assert told["other"] == ("failed", "TypeError: its descent returns w of float32 and shape (4,)")
    assert told["nan"][0] == "wrong"


def test_costs_that_rounding_may_change_by_much_are_not_compared(training):
    last = raced(replace(training, schedule=Schedule(alpha=400.0, iterations=300)), *named("numpy_vectorized"))
    assert last.vague is not None
    assert [one.iteration for one in last.expected] == [0]
    assert [one.impl for one in last.ran] == ["numpy_vectorized"]


def test_nothing_is_compared_beyond_the_first_that_is_vague():
    def expected(*limits: float) -> list[Expected]:
        return [Expected(100 * place, 0.5, limit) for place, limit in enumerate(limits)]

    assert told_apart(expected(1e-9, 1e-3)) == (expected(1e-9, 1e-3), None)
    assert told_apart(expected(1e-9, 0.1, 1e-9)) == (expected(1e-9), 100)
    assert told_apart(expected(1e-9, math.nan)) == (expected(1e-9), 100)


def test_nobody_resumes_several_at_once(training):
    with pytest.raises(UnusableInput, match="--resume is for one implementation"):
        raced(replace(training, resume=True), *named("numpy_vectorized"))


@dataclass
class Walker:
    """A worker whose steps take step_s each, the cost as long; it fails after so many turns, or hangs.

    descends: whether a first descent of so many steps compiles for compiles_s, and is made once more.
    """

    name: str
    step_s: float
    clock: Clock
    thought_s: float | None = None
    technique: str = "loop"
    fails_after: float = math.inf
    hangs_after: float = math.inf
    descends: bool = False
    compiles_s: float = 0.0
    patience_s: float = 0.0
    turns: list[tuple[float, int]] = field(default_factory=list)
    made: set[int] = field(default_factory=set)

    def ask(self, operation: object, *arguments: Any) -> Any:
        if operation is Task.descends:
            return self.descends
        return self.descend(*arguments) if operation is Task.descend else self.advance(*arguments)

    def advance(self, alpha: float, steps: int) -> Advanced:
        if len(self.turns) >= self.fails_after:
            raise WorkerFailed("died: SIGKILL")
        again = self.descends and steps not in self.made
        took_s = self.step_s * (steps * (1 + again) + 1) + again * self.compiles_s
        if len(self.turns) >= self.hangs_after or took_s > self.patience_s:
            self.clock.now_s += self.patience_s
            raise WorkerFailed("gave no answer")
        self.made.add(steps)
        self.turns.append((alpha, steps))
        self.clock.now_s += took_s
        return Advanced(self.step_s * steps, 0.5, np.zeros(3).tobytes(), 0.0)

    def descend(self, alpha: float, steps: int, from_zeros: bool) -> Descended:
        first = self.descends and steps not in self.made
        self.made.add(steps)
        return Descended(self.step_s + first * self.compiles_s / steps, b"", 0.0)


def walked(training: Request, budget_s: float, *walkers: Any) -> list[Runner]:
    runners = [Runner(walker, walker.thought_s or walker.step_s, walker.descends) for walker in walkers]
    clock = walkers[0].clock
    take_turns(runners, [0, 100, 200, 250], training, Deadline(clock, clock() + budget_s * 1e9), hear)
    return runners


def test_turns_hold_alpha_and_all_end_with_the_budget(training):
    clock = Clock()
    quick, slow, slowest = walked(
        training, 30.0, Walker("a", 0.01, clock), Walker("b", 0.1, clock), Walker("c", 5.0, clock)
    )
    rate = training.schedule.rate
    assert quick.worker.turns == [(rate(0), 0), (rate(0), 100), (rate(100), 100), (rate(200), 50)]
    assert quick.stopped is None
    assert slow.iteration < 250
    assert [at.iteration for at in slowest.looks] == [0]
    assert slowest.stopped == "iteration 100 would be reached after about 500 s (predicted)"
    assert clock.now_s <= 30.0


@pytest.mark.parametrize("budget_s", [5.0, 12.0, 100.0])
@pytest.mark.parametrize("thought", [0.2, 1.0, 5.0])
def test_turns_never_take_longer_than_the_budget(training, budget_s, thought):
    clock = Clock()
    paces = [(0.001, False), (0.01, True), (0.02, False), (0.08, True), (0.5, False), (30.0, False)]
    everyone = [
        Walker(str(place), step_s, clock, step_s * thought, descends=descends)
        for place, (step_s, descends) in enumerate(paces)
    ]
    walked(training, budget_s, *everyone)
    assert clock.now_s <= budget_s + 1e-6


def test_one_whose_share_holds_no_gradient_is_skipped_before_it_wastes_its_time(training):
    clock = Clock()
    quick, slow = walked(training, 10.0, Walker("a", 0.01, clock), Walker("b", 20.0, clock))
    assert quick.iteration == 250
    assert (slow.failure.outcome, slow.failure.message) == (
        "skipped",
        "no time is left for one gradient of about 20 s; raise --budget",
    )
    assert clock.now_s < 3


def test_one_that_hangs_keeps_what_it_has_and_the_time_is_over(training):
    clock = Clock()
    hung, silent = (walked(training, 10.0, Walker("a", 0.01, clock, hangs_after=after))[0] for after in (2, 0))
    assert hung.failure is None
    assert [at.iteration for at in hung.looks] == [0, 100]
    assert hung.stopped == "gave no answer to 100 more steps within --budget"
    assert silent.failure.outcome == "skipped"


def test_a_first_step_that_was_slow_does_not_decide(training):
    (one,) = walked(training, 10.0, Walker("a", 0.01, Clock(), thought_s=0.4))
    assert [at.iteration for at in one.looks] == [0, 23, 100, 200, 250]
    assert one.stopped is None


@pytest.mark.parametrize("compiles_s", [0.0, 16.0, 1000.0])
def test_what_compiling_takes_is_no_steps_time(training, compiles_s):
    clock = Clock()
    walker = Walker("a", 0.001, clock, descends=True, compiles_s=compiles_s)
    assert paced(walker, 0.1, Deadline(clock, 1e18)).step_s == pytest.approx(0.001)


def test_those_that_others_are_compared_with_start_first():
    names = [source.name for source in in_order(sources())]
    assert names[:3] == ["python_loop", "numpy_vectorized", "numba_loop"]
    assert sorted(names) == sorted(source.name for source in sources())


@pytest.mark.parametrize(
    ("needs", "seconds", "share"),
    [
        ([1, 2, 3], 60.0, math.inf),
        ([1, 30, 30], 31.0, 15),
        ([1, 5, 30], 20.0, 14),
        ([9, 9], 4.0, 2),
        ([], 4.0, math.inf),
    ],
)
def test_who_needs_less_leaves_the_rest_to_the_others(needs, seconds, share):
    assert fair_share_s(needs, seconds) == pytest.approx(share)
    assert sum(min(need, share) for need in needs) <= seconds


def test_one_that_dies_costs_itself_alone(training):
    clock = Clock()
    dead, alive = walked(training, 10.0, Walker("a", 0.01, clock, fails_after=2), Walker("b", 0.01, clock))
    assert (dead.failure.outcome, dead.failure.stage, dead.failure.message) == ("failed", "descent", "died: SIGKILL")
    assert alive.iteration == 250


def ran(looks: list[Look], step_s: float = 1.0) -> Ran:
    return Ran("a", "loop", step_s, looks, 0.0, None, None)


def test_seconds_are_measured_where_it_got_and_predicted_beyond():
    one = ran([Look(0, 0.0, 0.7), Look(100, 2.0, 0.6), Look(200, 6.0, 0.5)])
    assert one.steps_s == pytest.approx([0.02, 0.04])
    assert (one.seconds_to(0), one.seconds_to(100), one.seconds_to(200)) == (0.0, 2.0, 6.0)
    assert one.seconds_to(300) == pytest.approx(6.0 + 100 * 0.03)
    assert ran([Look(0, 0.0, 0.7)], step_s=4.0).seconds_to(300) == pytest.approx(1200.0)


def test_the_cost_that_is_asked_for_is_looked_up():
    costs = [(0, 0.7), (100, 0.5), (200, 0.3)]
    found: Callable[[float], int | None] = Raced([], [], costs, []).iteration_at
    assert [found(0.7), found(0.6), found(0.3), found(0.2)] == [0, 100, 200, None]


@pytest.mark.parametrize(
    ("ends", "stops", "most", "marks"),
    [
        ([0, 100, 200, 250], [], 250, [0, 100, 200, 250]),
        ([0, 100, 200, 250], [130, 250], 250, [0, 100, 130, 200, 250]),
        ([0, 100, 200, 250], [130], 100, [0, 100]),
        ([0, 50], [], 50, [0, 50]),
    ],
)
def test_costs_are_compared_at_looks_and_where_somebody_stopped(ends, stops, most, marks):
    assert marks_of(ends, stops, most) == marks


def test_not_too_many_costs_are_compared():
    ends = list(range(0, 10_001, 100))
    marks = marks_of(ends, [], 10_000)
    assert len(marks) <= MOST_MARKS + 1
    assert marks[0] == 0
    assert marks[-1] == 10_000


def test_errors_are_carried_back_as_far_as_the_budget_reaches():
    assert affordable(2000, back_s=0.004, left_s=60.0) == 2000
    assert affordable(2000, back_s=0.4, left_s=60.0) == 100
    assert affordable(2000, back_s=0.2, left_s=60.0) == 200
    assert affordable(2000, back_s=4000.0, left_s=60.0) == 100
    assert affordable(50, back_s=4000.0, left_s=60.0) == 50


def test_a_race_that_is_broken_off_leaves_no_worker(training, tmp_path):
    (tmp_path / "loads.py").write_text("import time\ntime.sleep(0.2)\n" + FORGETS_A_STEP.partition('"""\n')[2])
    slow = [Source(name, tmp_path / "loads.py") for name in "abcd"]
    events = race(training, Entered(slow, 1), hear, soon())
    next(events)
    events.close()
    unread = race(replace(training, source=str(tmp_path / "none.npz")), Entered(slow, 1), hear, soon())
    with pytest.raises(UnusableInput, match="no such file"):
        next(unread)
    _, alive = psutil.wait_procs(psutil.Process().children(recursive=True), timeout=20)
    assert alive == []
    for thread in [thread for thread in threading.enumerate() if thread.name.startswith("entering")]:
        thread.join(20)
        assert not thread.is_alive()


def test_no_worker_is_asked_again_once_a_race_is_broken_off(tmp_path):
    (tmp_path / "hangs.py").write_text("import time\ntime.sleep(1000)\n")
    workers = [ProcessWorker(Source("hangs", tmp_path / "hangs.py"), 1, 0.0)]
    with ended(workers), entering(workers, Future(), 0.1, soon()):
        pass
    with pytest.raises(WorkerFailed, match="not called again"):
        workers[0].ask(Task.descends)


@pytest.mark.slow
def test_the_time_bounds_the_whole_race_and_what_is_left_out_is_told(training, tmp_path):
    (tmp_path / "hangs.py").write_text("import time\ntime.sleep(1000)\n")
    entered = [*named("numpy_vectorized"), Source("hangs", tmp_path / "hangs.py")]
    *_, last = race(training, Entered(entered, 1), hear, soon(12.0))
    assert [one.impl for one in last.ran] == ["numpy_vectorized"]
    ((impl, outcome, message),) = [(one.impl, one.outcome, one.message) for one in last.absences]
    assert (impl, outcome, message) == (
        "hangs",
        "skipped",
        "was not started, compiled and verified in time; raise --budget",
    )


def test_a_budget_without_time_for_a_step_is_refused(training):
    with pytest.raises(UnusableInput, match="no time is left for a single step; give a larger one"):
        list(race(training, Entered(named("numpy_vectorized"), 1), hear, soon(0.0)))
