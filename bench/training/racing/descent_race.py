"""A race of descents: each implementation makes the same one in its own process, in turns of 100 iterations."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gradrace.bench.machine.memory import check_memory
from gradrace.bench.problems import Case, made_up_point
from gradrace.bench.race.ready import ReadyCell, set_up
from gradrace.bench.results import Absence, Cell, UnusableInput
from gradrace.bench.scratch import scratch
from gradrace.bench.text import require_available
from gradrace.bench.timing import Deadline
from gradrace.bench.training import drift
from gradrace.bench.training import model as models
from gradrace.bench.training.classifier import NO_TIME, watched
from gradrace.bench.training.comparison import SLOWER, affordable, carrying_s, error_over_limit, marks_of, told_apart
from gradrace.bench.training.data import Request, TrainingData
from gradrace.bench.training.descent import EVERY, State
from gradrace.bench.training.drift import Expected
from gradrace.bench.training.events import Event, Tell, later
from gradrace.bench.training.racing.entering import Ready, entering, in_order
from gradrace.bench.training.racing.race_results import Raced, Ran
from gradrace.bench.training.racing.runner import Runner, absence, take_turns
from gradrace.bench.workers.client import ProcessWorker, at_once, ended
from gradrace.impls.discovery import Source

ENTERING, DESCENDING, COMPARING = 0.6, 0.5, 0.3
"""Shares of the time that is left: once the data are read for starting, compiling and verifying, and for the reference
meanwhile; after that for comparing the costs.
"""


@dataclass(frozen=True, slots=True)
class Entered:
    """The implementations that race, and their threads. required: --impl; those that it names must be available."""

    sources: Sequence[Source]
    threads: int
    required: str = "all"


@dataclass(slots=True)
class Reference:
    """The descent that the others are compared with.

    states: at iterations 0, EVERY, 2·EVERY, ... notes: what there is to say of it. back_s: seconds in which the errors
    of one of its steps are carried back.
    """

    states: list[State] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    back_s: float = math.inf

    def descend(self, data: TrainingData, tell: Tell, until: Deadline) -> Iterator[Event]:
        """Descend, as far as the time reaches; yield what happens."""
        problem, schedule = data.problem, data.request.schedule
        tell("reference descent")
        for event in watched(drift.REFERENCE, drift.precise(problem), schedule, lambda *_: None, until=until):
            if isinstance(event, State):
                self.states.append(event)
            else:
                self.notes.append(event.words)
            yield event
        self.back_s = carrying_s(problem, schedule, until.clock)

    @property
    def ends(self) -> list[int]:
        """The iterations at which everyone looks at the cost."""
        return [state.iteration for state in self.states]

    def comparing_s(self, left_s: float) -> float:
        """Return the seconds to keep for comparing costs: for all if that fits its share, for EVERY steps at least."""
        back_s = SLOWER * self.back_s
        return min(back_s * self.ends[-1], max(COMPARING * left_s, back_s * EVERY))


def race(request: Request, entered: Entered, tell: Tell, until: Deadline) -> Iterator[Event | Raced]:
    """Read, descend once for reference, then race, compare and test. The model, where one is wanted, is the first's.

    Implementations start, compile and are verified meanwhile; those that aren't ready in time are skipped.
    Raises UnusableInput as `classifier.train` does.
    """
    if request.resume:
        raise UnusableInput("--resume goes on with one implementation; name it with --impl")
    missing = [(source.name, reason) for source in entered.sources if (reason := source.missing())]
    require_available(missing, entered.required)
    everyone = [ProcessWorker(source, entered.threads, 0.0) for source in in_order(entered.sources)]
    ready, reference = Future[Ready](), Reference()
    with scratch() as folder, ended(everyone):
        start_by = until.within(ENTERING * until.left_s())
        with entering(everyone, ready, request.schedule.alpha, start_by) as futures:
            data = TrainingData(request)
            cell = made_ready(data, entered, folder, until)
            ready.set_result(Ready(cell, until.within(ENTERING * until.left_s())))
            yield data.begun
            yield from reference.descend(data, tell, until.within(DESCENDING * until.left_s()))
            runners, absences = awaited([one.name for one in everyone], futures, tell)
        unavailable = [(one.impl, one.message) for one in absences if one.outcome == "unavailable"]
        require_available(unavailable, entered.required)
        comparing_s = reference.comparing_s(until.left_s())
        take_turns(runners, reference.ends, request, until.sooner(comparing_s), later(tell, comparing_s))
        at_once(ProcessWorker.end, everyone)
    tell("comparing the costs", reference.comparing_s(until.left_s()))
    raced = outcome(runners, absences, data, reference, until.left_s())
    if raced.first and raced.first.done and request.model:
        models.save(raced.first.done.model, request.model)
    yield raced


def made_ready(data: TrainingData, entered: Entered, folder: Path, until: Deadline) -> ReadyCell:
    """Save the problem for the workers, and compute what is right at a made-up point.

    Raises UnusableInput if it fits no memory, or if reading it took all the time.
    """
    if until.left_s() <= 0:
        raise UnusableInput(NO_TIME)
    problem, request = data.problem, data.request
    cell = Cell(problem.m, problem.n_x, request.dtype, entered.threads)
    check_memory([cell], len(entered.sources))
    expected = set_up(cell, lambda _: Case(problem, *made_up_point(problem)), folder)
    return ReadyCell(cell, folder, expected, np.random.default_rng(request.seed))


def awaited(
    names: Sequence[str], futures: Sequence[Future[Runner | Absence]], tell: Tell
) -> tuple[list[Runner], list[Absence]]:
    """Wait for all who enter; return those whose gradient is right, and why the others are out."""
    while waiting := [name for name, future in zip(names, futures, strict=True) if not future.done()]:
        tell(f"starting and verifying {', '.join(waiting)}")
        wait([future for future in futures if not future.done()], return_when=FIRST_COMPLETED)
    found = [future.result() for future in futures]
    return [one for one in found if isinstance(one, Runner)], [one for one in found if isinstance(one, Absence)]


def outcome(
    runners: Sequence[Runner], absences: Sequence[Absence], data: TrainingData, reference: Reference, left_s: float
) -> Raced:
    """Compare everyone's costs with the reference, as far as the time reaches; return what came of the race."""
    out = [*absences, *(runner.failure for runner in runners if runner.failure)]
    present, ends = [runner for runner in runners if not runner.failure], reference.ends
    most = affordable(ends[-1], reference.back_s, left_s)
    marks = marks_of(ends, [runner.iteration for runner in present], most) if present else [0]
    carried = drift.expected(data.problem, reference.states, data.request.schedule.rate, marks)
    expected, vague = told_apart(carried)
    ran = [compared(runner, data, ends[-1], expected) for runner in present]
    wrong = [one for one in ran if not one.error_over_limit <= 1]
    costs = [(state.iteration, state.J) for state in reference.states]
    right = [one for one in ran if one not in wrong]
    return Raced(right, out + list(map(_off, wrong)), costs, expected, vague, (*reference.notes,))


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
    return absence(ran.impl, "wrong", "descent", message)
