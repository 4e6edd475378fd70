"""Training of a classifier from data."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from functools import partial
from time import perf_counter_ns
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

from gradrace.bench.datasets.formats.stored import is_stored
from gradrace.bench.results import UnusableInput
from gradrace.bench.stepping import AnyImplementation
from gradrace.bench.text import multiple
from gradrace.bench.timing import NEVER, Clock, Deadline
from gradrace.bench.training.checkpoint import Checkpoint
from gradrace.bench.training.comparison import LEAST_S, compare
from gradrace.bench.training.curvature import too_large
from gradrace.bench.training.data import Request, TrainingData
from gradrace.bench.training.descent import Diverged, OutOfTime, Schedule, State
from gradrace.bench.training.descent import train as descend
from gradrace.bench.training.events import Event, Note, Reading, Resumed, Tell, later
from gradrace.bench.training.stream import Streamed, blocks_of, read_alone
from gradrace.bench.verification.judge import raised
from gradrace.bench.verification.reference import WrongGradient
from gradrace.impls.discovery import Source, Unavailable, load, missing_package, passes
from gradrace.impls.interface import GaveUp, Malformed, Problem


class WrongDescent(Exception):
    """Error if a descent's costs differ by more than rounding can explain. Its text gives the error / bound."""


class ImplementationFailed(Exception):
    """Error of an implementation that can't be loaded, or raises an exception. Its text says which and where."""


RISE = 16
"""Rises of J at the minimum that count as rounding, in machine epsilons.

One epsilon was seen in 6000 iterations with 30 to 10,000 examples, in either dtype.
"""

NO_TIME = "--budget: no time is left for a single step; give a larger one"

FUNCTIONS = ("prepare", "gradient", "descend", "to_native", "to_numpy")
"""Functions of an implementation that a training calls."""

COMPARING, MOST_COMPARING_S = 0.2, 10.0
"""Share of the remaining time, and maximum in seconds, that a descent leaves for comparing its costs."""


def train(
    request: Request, source: Source, tell: Tell, clock: Clock = perf_counter_ns, until: Deadline = NEVER
) -> Generator[Event, None, None]:
    """Read the data, train, and test; yield the events.

    The model, if one is wanted, is saved every second and at the end, also after an interruption or an error. It is
    removed if the descent diverges or is wrong, or if not a single step fits the time. A resumed training keeps its
    last saved model instead. The descent stops early if its next steps don't fit the time that is left.

    Raises:
        UnusableInput: if the data can't be used or have changed, the implementation isn't available or gives up, the
            descent diverges or has no time for a step, or there is no training to resume.
        ImplementationFailed: if the implementation can't be loaded for another reason, or raises an exception.
        WrongGradient: if the implementation's gradient is wrong.
        WrongDescent: if the costs of its descent are wrong.
    """
    tell("reading the data")
    data = TrainingData(request)
    request = data.request
    yield data.begun
    tell(f"loading {source.name}")
    implementation = loaded(source)
    streamed = Streamed(implementation, clock=clock) if is_stored(data.problem.X) else None
    if streamed:
        implementation = streamed.as_implementation()
    checkpoint = Checkpoint(data, source.name, clock)
    start = checkpoint.resume() if request.resume else None
    if start:
        yield Resumed(start.iteration)
    stop_by = until.sooner(min(MOST_COMPARING_S, COMPARING * until.left_s()))
    events = watched(implementation, data.problem, request.schedule, later(tell, LEAST_S), start, stop_by)
    try:
        ended = yield from saved(blamed(events, source), checkpoint, start, clock)
    except ModuleNotFoundError as error:
        if told := missing_package(error):
            raise UnusableInput(f"{source.name}: {told}; install it, or name another with --impl") from error
        raise ImplementationFailed(raised(error)) from error
    limit_s = min(max(LEAST_S, ended.seconds), until.left_s())
    tell("comparing the costs", limit_s)
    remarks = [*compared(data.problem, request.schedule, checkpoint, limit_s, clock)]
    yield from remarks
    notes = (*ended.notes, *(note.words for note in remarks))
    done = data.done(checkpoint.model(ended.state))._replace(notes=notes, seconds=None if start else ended.seconds)
    if is_stored(data.problem.X) and data.problem.X.changed():
        raise UnusableInput(f"{request.source}: changed while it was read; train again")
    if streamed and streamed.traffic.rates:
        alone = read_alone(blocks_of(data.problem, streamed.block_bytes), clock)
        done = done._replace(reading=Reading(streamed.traffic, alone))
    yield done


def loaded(source: Source) -> AnyImplementation:
    """Return the implementation. Raises UnusableInput if it isn't available, ImplementationFailed if it is broken."""
    try:
        return _framed(load(source))
    except Unavailable as reason:
        if reason.missing:
            raise UnusableInput(f"{source.name}: {reason}") from reason
        raise ImplementationFailed(reason) from reason


def _framed(implementation: AnyImplementation) -> AnyImplementation:
    """Return the implementation with compiled functions whose exceptions are ImplementationFailed.

    Such an exception may pass through no file of the implementation, so that `blamed` doesn't know it.
    """
    functions = {name: getattr(implementation, name) for name in FUNCTIONS}
    compiled = {name: one for name, one in functions.items() if one and not isinstance(one, FunctionType)}
    called: dict[str, Any] = {name: partial(_called, one) for name, one in compiled.items()}
    return replace(implementation, **called)


def _called(function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except (UnusableInput, MemoryError, ModuleNotFoundError, GaveUp):
        raise
    except Exception as error:
        raise ImplementationFailed(raised(error)) from error


def blamed(events: Iterator[State | Note], source: Source) -> Iterator[State | Note]:
    """Yield the events of a descent. Raises ImplementationFailed if the code of the implementation raises.

    An error of gradrace itself, such as a bug, passes through none of its files.
    """
    try:
        yield from events
    except (UnusableInput, WrongGradient, ImplementationFailed, MemoryError, ModuleNotFoundError):
        raise
    except Exception as error:
        if isinstance(error, Malformed) or passes(error, source.path.parent):
            raise ImplementationFailed(raised(error)) from error
        raise


class Ended(NamedTuple):
    """End of a descent: its last state, the notes on it, and the seconds of its steps."""

    state: State
    notes: list[str]
    seconds: float


def saved(
    events: Iterator[State | Note], checkpoint: Checkpoint, start: State | None, clock: Clock
) -> Generator[Event, None, Ended]:
    """Yield the events of a descent, and save its states every second and at the end, also after an error.

    A descent that diverged, or had no time for a step, is forgotten.
    """
    state, notes, steps_ns, since_ns = start, list[str](), 0, clock()
    try:
        for event in events:
            if isinstance(event, State):
                steps_ns += clock() - since_ns if state else 0  # the first state follows the verification, not a step
                state = event
                checkpoint.keep(state)
            else:
                notes.append(event.words)
            yield event
            since_ns = clock()
    except UnusableInput as reason:
        if isinstance(reason.__cause__, Diverged | OutOfTime):
            state = None
            checkpoint.forget()
        raise
    finally:
        if state is not None:
            checkpoint.save(state)
    assert state is not None
    return Ended(state, notes, steps_ns * 1e-9)


def compared(
    problem: Problem, schedule: Schedule, checkpoint: Checkpoint, limit_s: float, clock: Clock
) -> Iterator[Note]:
    """Compare the costs with those of a reference descent, and yield a note if none of them could be compared.

    Raises WrongDescent if rounding can't explain the difference, and removes the model of this training unless it
    resumed.
    """
    reached, error, why = compare(problem, schedule, checkpoint.costs, limit_s, clock)
    if not error <= 1:
        checkpoint.forget()
        raise WrongDescent(
            f"its costs up to iteration {reached} are off by {multiple(error)} times what rounding can explain"
        )
    if not reached and len(checkpoint.costs) > 1:
        yield Note(checkpoint.costs[-1][0], f"the descent was not compared with a reference descent: {why}")


def watched(
    implementation: AnyImplementation,
    problem: Problem,
    schedule: Schedule,
    tell: Tell,
    start: State | None = None,
    until: Deadline = NEVER,
) -> Iterator[State | Note]:
    """Yield the states of a descent, and notes on it: a rising cost, an early stop.

    Raises UnusableInput if it diverges, if the implementation gives up, or if not a single step fits the time.
    """
    state, risen = start, False
    tell("verifying the gradient")
    try:
        for after in descend(implementation, problem, schedule, start, until):
            if state is None or state is start:
                since = (until.clock(), after.iteration)
            tell(f"iteration {after.iteration}, cost {after.J:.6f}", ahead_s(since, after.iteration, schedule, until))
            yield after
            # Only the first rise is noted, because the curvature's bound costs as much as some dozen steps.
            if state and not risen and rises(state.J, after.J, problem):
                risen = True
                yield Note(after.iteration, f"the cost rose: {too_large(problem, schedule.alpha)}")
            state = after
    except OutOfTime as reason:
        if state is None or not state.iteration:
            raise UnusableInput(NO_TIME) from reason
        words = f"stopped at iteration {state.iteration} of {schedule.iterations}: --budget is used up"
        yield Note(state.iteration, words, out_of_time=True)
        return
    except Diverged as reason:
        raise UnusableInput(f"--alpha: {reason}") from reason
    except GaveUp as reason:
        raise UnusableInput(str(reason)) from reason
    if early := stopped_early(state, schedule, resumed=state is start):
        yield early


def ahead_s(since: tuple[int, int], iteration: int, schedule: Schedule, until: Deadline) -> float | None:
    """Return the predicted seconds of the remaining iterations, at the pace since a moment: (clock, iteration).

    Return None if no iteration has been made since then.
    """
    begun_ns, first = since
    pace_s = (until.clock() - begun_ns) * 1e-9 / max(1, iteration - first)
    return pace_s * (schedule.iterations - iteration) if iteration > first else None


def rises(before: float, after: float, problem: Problem) -> bool:
    """Return whether a cost rises by more than RISE machine epsilons, which rounding at the minimum can't explain."""
    return after > before * (1 + RISE * float(np.finfo(problem.dtype).eps))


def stopped_early(state: State | None, schedule: Schedule, *, resumed: bool) -> Note | None:
    """Return a note why a descent made fewer steps than scheduled, or none at all; None if it made them all."""
    iteration = state.iteration if state else 0
    if resumed and iteration >= schedule.iterations:
        return Note(iteration, f"nothing was done: iteration {iteration} was reached before; give more --iterations")
    if iteration < schedule.iterations:
        return Note(
            iteration,
            f"stopped at iteration {iteration}: "
            f"the last steps lowered the cost by less than {100 * schedule.tolerance:.3g} %",
        )
    return None
