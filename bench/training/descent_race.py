"""The same descent from several implementations: each in a process of its own, by turns, 100 iterations at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter_ns

import numpy as np

from gradrace.bench.machine.memory import check_memory
from gradrace.bench.problems import Case, made_up_point
from gradrace.bench.race import plan
from gradrace.bench.race.checks import Out, stage, verify_two
from gradrace.bench.race.ready import ReadyCell, set_up
from gradrace.bench.race.rounds import turns
from gradrace.bench.results import Absence, Cell, Outcome, UnusableInput
from gradrace.bench.scratch import scratch
from gradrace.bench.text import require_available
from gradrace.bench.timing import Clock
from gradrace.bench.training import drift
from gradrace.bench.training import model as models
from gradrace.bench.training.classifier import watched
from gradrace.bench.training.comparison import affordable, error_over_limit, marks_of, told_apart
from gradrace.bench.training.data import Request, TrainingData
from gradrace.bench.training.descent import EVERY, State
from gradrace.bench.training.drift import Expected
from gradrace.bench.training.events import Event, Tell
from gradrace.bench.training.race_results import Look, Raced, Ran
from gradrace.bench.workers.answers import Advanced
from gradrace.bench.workers.client import LEAST_PATIENCE_S, ProcessWorker, at_once, begin, ended
from gradrace.bench.workers.process import WorkerFailed
from gradrace.bench.workers.task import Task
from gradrace.impls.discovery import Source

COMPILING_S = 15.0
"""A first step that takes no longer may have been compiled meanwhile, and is made again."""

QUICK_S = 0.01
"""A step of which a hundred can be tried."""


@dataclass(frozen=True, slots=True)
class Entered:
    """Who races, with how many threads, and for how many seconds of steps each at the most.

    required: without whom it is refused, as they were asked for by name.
    """

    sources: Sequence[Source]
    threads: int
    budget_s: float
    required: str = "all"


@dataclass(slots=True)
class Runner:
    """An implementation that descends. step_s: about what one step takes. stopped, failure: why it went no further."""

    worker: ProcessWorker
    step_s: float
    looks: list[Look] = field(default_factory=list)
    point: Advanced | None = None
    stopped: str | None = None
    failure: Absence | None = None

    @property
    def iteration(self) -> int:
        """The iteration that it has reached."""
        return self.looks[-1].iteration if self.looks else 0

    @property
    def seconds(self) -> float:
        """Seconds of its steps so far."""
        return self.looks[-1].seconds if self.looks else 0.0

    @property
    def is_out(self) -> bool:
        """Whether it goes no further."""
        return bool(self.stopped or self.failure)

    def advance(self, end: int, alpha: float, budget_s: float) -> None:
        """Descend to the iteration `end`, or as far as its budget reaches."""
        while self.iteration < end or not self.looks:
            wanted = end - self.iteration
            steps = min(wanted, int((budget_s - self.seconds) / max(self.step_s, 1e-9)))
            if steps <= 0 < wanted:
                whole_s = self.seconds + self.step_s * wanted
                self.stopped = f"iteration {end} would be reached after {plan.about(whole_s)} (predicted)"
                return
            try:
                self.point = self.worker.ask(Task.advance, alpha, steps)
            except WorkerFailed as failure:
                self.failure = _absence(self.worker.name, "failed", "descent", str(failure))
                return
            self.looks.append(Look(self.iteration + steps, self.seconds + self.point.seconds, self.point.J))
            if steps:  # what a step takes is known better now: there may be time for more
                self.step_s = self.point.seconds / steps


def race(request: Request, entered: Entered, tell: Tell, clock: Clock = perf_counter_ns) -> Iterator[Event | Raced]:
    """Read, descend once for reference, then race, compare and test. The model, where one is wanted, is the first's.

    Raises UnusableInput as `classifier.train` does.
    """
    if request.resume:
        raise UnusableInput("--resume goes on with one implementation; name it with --impl")
    data = TrainingData(request)
    yield data.begun
    problem = data.problem
    cell = Cell(problem.m, problem.n_x, request.dtype, entered.threads)
    check_memory([cell], len(entered.sources))
    patience_s = max(2 * LEAST_PATIENCE_S, 3 * entered.budget_s)
    everyone = [ProcessWorker(source, entered.threads, patience_s) for source in entered.sources]
    with ended(everyone), scratch() as folder:
        tell("starting the implementations")
        runners, absences = verified(everyone, data, cell, folder)
        unavailable = [(absence.impl, absence.message) for absence in absences if absence.outcome == "unavailable"]
        require_available(unavailable, entered.required)
        states, notes, start_ns = list[State](), list[str](), clock()
        for event in watched(drift.REFERENCE, drift.precise(problem), request.schedule, tell):
            if isinstance(event, State):
                states.append(event)
            else:
                notes.append(event.words)
            yield event
        reference_s = (clock() - start_ns) * 1e-9
        ends = [state.iteration for state in states]
        take_turns(runners, ends, request, entered.budget_s, tell)
    tell("comparing the costs")
    absences += [runner.failure for runner in runners if runner.failure]
    runners = [runner for runner in runners if not runner.failure]
    most = affordable(ends[-1], reference_s, entered.budget_s)
    marks = marks_of(ends, [runner.iteration for runner in runners], most) if runners else [0]
    expected, vague = told_apart(drift.expected(problem, states, request.schedule.rate, marks))
    ran = [compared(runner, data, ends[-1], expected) for runner in runners]
    wrong = [one for one in ran if not one.error_over_limit <= 1]
    costs = [(state.iteration, state.J) for state in states]
    right, out = [one for one in ran if one not in wrong], absences + list(map(_off, wrong))
    raced = Raced(right, out, costs, expected, vague, (*notes,))
    if raced.first and raced.first.done and request.model:
        models.save(raced.first.done.model, request.model)
    yield raced


def verified(
    everyone: Sequence[ProcessWorker], data: TrainingData, cell: Cell, folder: Path
) -> tuple[list[Runner], list[Absence]]:
    """Those whose gradient is right at a made-up point, and why the others are out. As many at once as cores."""
    expected = set_up(cell, lambda _: Case(data.problem, *made_up_point(data.problem)), folder)
    ready = ReadyCell(cell, folder, expected, np.random.default_rng(data.request.seed))
    found = at_once(lambda one: enter(ready, one, data.request.schedule.alpha), everyone)
    return [one for one in found if isinstance(one, Runner)], [one for one in found if isinstance(one, Absence)]


def enter(ready: ReadyCell, worker: ProcessWorker, alpha: float) -> Runner | Absence:
    """Start, prepare, and verify two gradients; a step of a descent tells what it takes."""
    if (absence := begin(worker)) is not None:
        return absence
    try:
        with stage(ready, worker, "prepare"):
            worker.ask(Task.prepare, str(ready.folder))
        with stage(ready, worker, "first call"):
            first = worker.ask(Task.compute)
        verify_two(ready, worker, first)
        with stage(ready, worker, "descent"):
            step_s = worker.ask(Task.descend, alpha, 1, False).step_s  # compiles, where descents are compiled apart
            if step_s < COMPILING_S:
                step_s = worker.ask(Task.descend, alpha, 1, False).step_s
            if step_s < QUICK_S:  # many steps may go another way than one
                step_s = worker.ask(Task.descend, alpha, EVERY, False).step_s
    except Out as out:
        if worker.hung is None:
            return out.absence
        return _absence(worker.name, "skipped", out.absence.stage, f"{worker.hung}; give a larger --budget")
    return Runner(worker, step_s)


def take_turns(runners: Sequence[Runner], ends: Sequence[int], request: Request, budget_s: float, tell: Tell) -> None:
    """Everyone to each iteration in `ends`, in balanced random order, until its budget is over."""
    for end, runner in turns(runners, np.random.default_rng(request.seed), ends):
        tell(f"racing to iteration {end}", runner.worker.name)
        runner.advance(end, request.schedule.rate(runner.iteration), budget_s)


def compared(runner: Runner, data: TrainingData, last: int, expected: Sequence[Expected]) -> Ran:
    """A descent held against the expected costs; its classifier, if it got to the end."""
    at = {look.iteration: look.J for look in runner.looks}
    worst = error_over_limit(at, expected)
    done = data.done(_model(runner, data)) if runner.iteration == last and worst <= 1 else None
    name, technique = runner.worker.name, runner.worker.technique
    return Ran(name, technique, runner.step_s, runner.looks, worst, runner.stopped, done)


def _model(runner: Runner, data: TrainingData) -> models.Model:
    assert runner.point is not None
    w = np.frombuffer(runner.point.w, dtype=data.problem.dtype)
    state = State(runner.iteration, runner.looks[-1].J, w, data.problem.dtype.type(runner.point.b))
    costs = [(look.iteration, look.J) for look in runner.looks]
    return data.model(state, runner.worker.name, costs)


def _off(ran: Ran) -> Absence:
    message = f"its costs are off by {ran.error_over_limit:.2g} times what rounding can make of them"
    return _absence(ran.impl, "wrong", "descent", message)


def _absence(impl: str, outcome: Outcome, at: str, message: str) -> Absence:
    return Absence(impl=impl, outcome=outcome, stage=at, message=message)
