"""Race of descents: each implementation makes the same descent in its own process, in turns of 100 iterations."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from gradrace.bench.machine.memory import check_memory
from gradrace.bench.problems import Case, made_up_point
from gradrace.bench.race.ready import ReadyCell, set_up
from gradrace.bench.results import Absence, Cell, UnusableInput
from gradrace.bench.scratch import scratch
from gradrace.bench.stepping import cost, steps
from gradrace.bench.text import multiple, require_available
from gradrace.bench.timing import Deadline
from gradrace.bench.training import drift
from gradrace.bench.training import model as models
from gradrace.bench.training.classifier import NO_TIME, watched
from gradrace.bench.training.comparison import SLOWER, affordable, error_over_limit, marks_of, paces_s, told_apart
from gradrace.bench.training.data import Request, TrainingData
from gradrace.bench.training.descent import EVERY, State
from gradrace.bench.training.drift import Expected
from gradrace.bench.training.events import Event, Tell, later
from gradrace.bench.training.racing.entering import Ready, entering, in_order
from gradrace.bench.training.racing.race_results import Raced, Ran
from gradrace.bench.training.racing.runner import Runner, absence, take_turns
from gradrace.bench.workers.client import ProcessWorker, at_once, ended
from gradrace.impls.discovery import Source
from gradrace.impls.interface import Float, FloatArray, Problem

ENTERING, DESCENDING, COMPARING = 0.6, 0.5, 0.3
"""Shares of the time that is left at three moments.

ENTERING limits starting, compiling and verifying, both before the data are read and anew once they are. DESCENDING
limits the reference descent, which runs meanwhile. COMPARING limits the comparison of the costs after that.
"""


EARLY = (1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64)
"""Iterations before the second look whose costs the reference descent adds: there the curve falls most."""


@dataclass(frozen=True, slots=True)
class Entered:
    """Implementations that race, and their threads.

    required: the value of --impl; implementations that it names must be available.
    """

    sources: Sequence[Source]
    threads: int
    required: str = "all"


@dataclass(slots=True)
class Reference:
    """Reference descent, with which the others are compared.

    Attributes:
        states: states at iterations 0, EVERY, 2·EVERY, ...
        notes: words of the notes on the descent.
        back_s: seconds in which the errors of one of its steps are propagated backwards.
        early: (iteration, J) at EARLY, as far as it is before the second look; empty if the time was short.
    """

    states: list[State] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    back_s: float = math.inf
    early: list[tuple[int, float]] = field(default_factory=list)

    def descend(self, data: TrainingData, tell: Tell, until: Deadline) -> Iterator[Event]:
        """Descend as far as the time allows, and yield the events."""
        problem, schedule = data.problem, data.request.schedule
        tell("reference descent")
        for event in watched(drift.REFERENCE, drift.precise(problem), schedule, lambda *_: None, until=until):
            if isinstance(event, State):
                self.states.append(event)
            else:
                self.notes.append(event.words)
            yield event
        _, self.back_s = paces_s(problem, schedule, until.clock)
        if EARLY[-1] * self.back_s < until.left_s():
            self.early = [*_early(problem, schedule.alpha, min(EVERY, self.ends[-1]))]

    @property
    def ends(self) -> list[int]:
        """Return the iterations at which all implementations look at the cost."""
        return [state.iteration for state in self.states]

    def comparing_s(self, left_s: float) -> float:
        """Return the seconds to reserve for comparing costs: enough for all, limited to COMPARING times `left_s`.

        It is enough for EVERY steps in any case, or for all steps if there are fewer.
        """
        back_s = SLOWER * self.back_s
        return min(back_s * self.ends[-1], max(COMPARING * left_s, back_s * EVERY))


def _early(problem: Problem, alpha: float, before: int) -> Iterator[tuple[int, float]]:
    """Yield the iterations of EARLY before another one, with the costs of the reference descent there."""
    precise = drift.precise(problem)
    data = drift.REFERENCE.prepare(precise)
    w: FloatArray = np.zeros(problem.n_x)
    b: Float = np.float64(0)
    for done, at in pairwise((0, *(at for at in EARLY if at < before))):
        w, b = steps(drift.REFERENCE, data, w, b, alpha, at - done)
        yield at, cost(drift.REFERENCE, data, w, b)


def race(request: Request, entered: Entered, tell: Tell, until: Deadline) -> Iterator[Event | Raced]:
    """Read the data, descend for reference, race, compare the costs and test; yield the events, then the result.

    Implementations start, compile and are verified during the first two. Those that aren't ready in time are skipped.
    The model of the fastest implementation is saved, if one is wanted.
    Raises UnusableInput as `classifier.train` does, and if the request resumes a training or a required implementation
    isn't available.
    """
    if request.resume:
        raise UnusableInput("--resume is for one implementation; name it with --impl")
    missing = [(source.name, reason) for source in entered.sources if (reason := source.missing())]
    require_available(missing, entered.required)
    everyone = [ProcessWorker(source, entered.threads, 0.0) for source in in_order(entered.sources)]
    ready, reference = Future[Ready](), Reference()
    with scratch() as folder, ended(everyone):
        start_by = until.within(ENTERING * until.left_s())
        with entering(everyone, ready, request.schedule.alpha, start_by) as futures:
            data = TrainingData(request)
            request = data.request
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
    """Save the problem for the workers, and compute the reference gradient at a made-up point.

    Raises UnusableInput if the problem doesn't fit the memory, or if reading the data took all the time.
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
    """Wait for all entering implementations.

    Return the runners whose gradient is right, and the reasons why the others are absent.
    """
    while waiting := [name for name, future in zip(names, futures, strict=True) if not future.done()]:
        tell(f"starting and verifying {', '.join(waiting)}")
        wait([future for future in futures if not future.done()], return_when=FIRST_COMPLETED)
    found = [future.result() for future in futures]
    return [one for one in found if isinstance(one, Runner)], [one for one in found if isinstance(one, Absence)]


def outcome(
    runners: Sequence[Runner], absences: Sequence[Absence], data: TrainingData, reference: Reference, left_s: float
) -> Raced:
    """Compare the costs of all descents with the reference as far as the time allows; return the result of the race."""
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
    return Raced(right, out + list(map(_off, wrong)), costs, expected, vague, (*reference.notes,), reference.early)


def compared(runner: Runner, data: TrainingData, last: int, expected: Sequence[Expected]) -> Ran:
    """Return the result of a descent, compared with the expected costs.

    The classifier is included if the descent is right and complete.
    """
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
    message = f"its costs are off by {multiple(ran.error_over_limit)} times what rounding can make of them"
    return absence(ran.impl, "wrong", "descent", message)
