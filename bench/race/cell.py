"""One cell's race: verify everyone, time those that are right in rounds, verify once more what the rounds computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gradrace.bench import problems
from gradrace.bench.race import plan
from gradrace.bench.race.rounds import LEAST_ROUNDS, Candidate, run_rounds
from gradrace.bench.results import DESCENT_STEPS, FLOORS, Absence, Cell, ErrorOverBound, Extra, Measurement, Noise
from gradrace.bench.verification.reference import Point, Reference, reference
from gradrace.bench.workers.client import Worker
from gradrace.bench.workers.messages import Computed
from gradrace.bench.workers.process import WorkerFailed
from gradrace.impls.interface import Gradient

ALPHA = 2.0**-14
"""The learning rate of timed descents: small, so that no problem makes 1000 steps diverge; exact in every precision."""

DESCENT_S = 0.06
"""Descents are timed where one takes no longer: where the cost of a call, which they save, still shows."""

VERIFIED_STEPS, TRIAL_STEPS = 3, 20
"""Steps that are verified one by one, and steps that tell how long a descent will take."""

GRACE_S = 1.0
"""Who is verified may take so long for the rounds even when the budget is used up: most of it is spent by then."""

LATE_AGAIN = 9
"""How often a worker whose results look late is asked again."""

LATE_S, LATE_SHARE = 20e-6, 0.5
"""A result that can be read only so much later than at a second reading wasn't finished: more than a cold cache costs,
and half a call more. The least of several trials counts, as a process may be interrupted in one.
"""

SAMPLE_S = 0.005
"""A sample's least length: 100 times the 50 µs that a switch between processes and its cold caches may cost."""


class Out(Exception):
    """A worker is out of this cell; the absence says why."""

    def __init__(self, absence: Absence) -> None:
        super().__init__(absence.message)
        self.absence = absence


class Expected(NamedTuple):
    """The case's own w and b, what the gradient must be there, and what `elsewhere`."""

    start: Point
    here: Reference
    elsewhere: Reference


@dataclass(frozen=True, slots=True, eq=False)
class ReadyCell:
    """A cell that is about to be raced: its case lies saved in a folder, and it is known what is right.

    again: saves it once more.
    """

    cell: Cell
    folder: Path
    expected: Expected
    rng: np.random.Generator
    again: Callable[[], None] | None = None

    def whole(self) -> Path:
        """The folder with its case, which is saved again should an implementation have removed it."""
        if self.again is not None and not problems.is_saved(self.folder):
            self.again()
        return self.folder


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one cell gave. candidates: those measured, for what their costs predict of other cells."""

    measurements: list[Measurement]
    absences: list[Absence]
    candidates: list[Candidate]
    noise: Noise | None = None


def race_cell(
    ready: ReadyCell,
    workers: Sequence[Worker],
    left_s: Callable[[], float],
    time_left: Callable[[], bool],
    tell: Callable[[str], None],
) -> Outcome:
    """Race the workers in one cell.

    left_s: seconds left of the whole budget; who needs more for the least rounds is skipped.
    time_left: whether this cell may have further rounds.
    """
    candidates: list[Candidate] = []
    absences: list[Absence] = []
    for worker in workers:
        tell(f"verifying {worker.name}")
        try:
            candidates.append(enter(ready, worker, left_s))
        except Out as out:
            absences.append(out.absence)
    racing, slow = fitting(ready.cell, candidates, max(left_s(), GRACE_S))
    tell("racing")
    run_rounds(racing, ready.rng, time_left, take_sample)
    tell("descending")
    run_rounds([candidate for candidate in racing if candidate.descends], ready.rng, lambda: False, take_descent)
    measurements = []
    for candidate in racing:
        try:
            measurements.append(finish(ready, candidate))
        except Out as out:
            absences.append(out.absence)
    return Outcome(measurements, absences + slow, candidates)


def enter(ready: ReadyCell, worker: Worker, left_s: Callable[[], float]) -> Candidate:
    """Prepare, first call, verify, calibrate. Raises Out if one of them fails or the gradient is wrong."""
    begun_s = left_s()
    with stage(ready, worker, "prepare"):
        prepare_s = worker.prepare(ready.whole())
    with stage(ready, worker, "first call"):
        first = worker.compute()
    error_over_bound = None if worker.name in FLOORS else verify_two(ready, worker, first)
    with stage(ready, worker, "calibrate"):
        calibrated = worker.calibrate(SAMPLE_S)
    descends = worker.name not in FLOORS and calibrated.call_s * DESCENT_STEPS <= DESCENT_S
    if descends:
        verify_descent(ready, worker)
        with stage(ready, worker, "descent"):
            descends = worker.descend(ALPHA, TRIAL_STEPS).step_s * DESCENT_STEPS <= DESCENT_S
    return Candidate(
        worker=worker,
        prepare_s=prepare_s,
        first_call_s=first.call_s,
        call_s=calibrated.call_s,
        calls=calibrated.calls,
        descends=descends,
        enter_s=begun_s - left_s(),
        cores=calibrated.cores,
        error_over_bound=error_over_bound,
    )


def take_sample(candidate: Candidate, number: int) -> None:
    """One sample of the gradient, noted with its round."""
    candidate.samples_s.append(candidate.worker.sample(candidate.calls))
    candidate.rounds.append(number)


def take_descent(candidate: Candidate, number: int) -> None:  # noqa: ARG001  # no descent is paired with another yet
    """The seconds per step of one descent."""
    candidate.descent_step_s.append(candidate.worker.descend(ALPHA, DESCENT_STEPS).step_s)


def fitting(cell: Cell, candidates: list[Candidate], left_s: float) -> tuple[list[Candidate], list[Absence]]:
    """Who fits in the time left, now that a call's cost is known, and the others as skipped."""
    needs = {(cell, candidate.worker.name): LEAST_ROUNDS * candidate.sample_s for candidate in candidates}
    left_out = {name for _, name in plan.too_much(needs, left_s)}
    slow = [
        Absence(
            impl=candidate.worker.name,
            outcome="skipped",
            stage="calibrate",
            message=f"one call takes {plan.about(candidate.call_s)}: {LEAST_ROUNDS} rounds would not fit the budget",
            cell=cell,
        )
        for candidate in candidates
        if candidate.worker.name in left_out
    ]
    return [candidate for candidate in candidates if candidate.worker.name not in left_out], slow


def finish(ready: ReadyCell, candidate: Candidate) -> Measurement:
    """The candidate's measurement. Raises Out if it failed in the rounds, or if what it computed last is wrong."""
    worker = candidate.worker
    if candidate.failure is not None:
        raise Out(_absence(ready, worker, "race", candidate.failure))
    with stage(ready, worker, "last call"):
        last = worker.last()
        late_s = least_late_s(worker, candidate.call_s)
        left = worker.forget()
    if worker.name not in FLOORS:
        verify(ready, worker, "verify after the race", last.gradient, ready.expected.here)
        verify_finished(ready, worker, late_s, candidate.call_s)
    extra = Extra(
        technique=worker.technique,
        rounds=candidate.rounds,
        descent_step_s=candidate.descent_step_s or None,
        startup_s=worker.startup_s,
        prepare_s=candidate.prepare_s,
        first_call_s=candidate.first_call_s,
        peak_rss_bytes=left.peak_rss_bytes,
        facts=left.facts or None,
        error_over_bound=candidate.error_over_bound,
    )
    return Measurement(
        impl=worker.name, cell=ready.cell, samples_s=candidate.samples_s, calls=candidate.calls, extra=extra
    )


def verify_two(ready: ReadyCell, worker: Worker, first: Computed) -> ErrorOverBound:
    """The first gradient's error / bound, and another point's after it: what remembers the first is found out."""
    error = verify(ready, worker, "verify", first.gradient, ready.expected.here)
    with stage(ready, worker, "verify elsewhere"):
        second = worker.compute(elsewhere=True)
    verify(ready, worker, "verify elsewhere", second.gradient, ready.expected.elsewhere)
    return error


def verify(ready: ReadyCell, worker: Worker, at: str, gradient: Gradient, right: Reference) -> ErrorOverBound:
    """The gradient's error / bound. Raises Out if it is wrong."""
    if fault := right.fault(gradient):
        raise Out(Absence(impl=worker.name, outcome="wrong", stage=at, message=fault, cell=ready.cell))
    return right.error_over_bound(gradient)


def least_late_s(worker: Worker, call_s: float) -> float:
    """How late its results are, in seconds; asked again where that looks wrong: who isn't finished never is.

    (numba_loop at (1, 12288) once looked 22 µs late in all of three trials, while another process had its core.)
    """
    late_s = worker.late()
    for _ in range(LATE_AGAIN):
        if not is_late(late_s, call_s):
            break
        late_s = min(late_s, worker.late())
    return late_s


def is_late(late_s: float, call_s: float) -> bool:
    """Whether a result that can be read only so much later wasn't finished."""
    return late_s > max(LATE_S, LATE_SHARE * call_s)


def verify_finished(ready: ReadyCell, worker: Worker, late_s: float, call_s: float) -> None:
    """Whether a call returns only when the work is finished. Raises Out if not."""
    if is_late(late_s, call_s):
        message = f"returns before it has finished: its result could be read {late_s * 1e6:.0f} µs later only"
        raise Out(Absence(impl=worker.name, outcome="wrong", stage="finish", message=message, cell=ready.cell))


def verify_descent(ready: ReadyCell, worker: Worker) -> None:
    """Whether each of the first steps of a descent ends where it should. Raises Out if not, or if it fails.

    The second and third are held against the gradient where the step before ended: a sum that isn't reset shows there.
    """
    problem = problems.load(ready.whole()).problem
    before, expected, _ = ready.expected
    for steps in range(1, VERIFIED_STEPS + 1):
        with stage(ready, worker, "descent"):
            descended = worker.descend(ALPHA, steps)
        after = Point(np.frombuffer(descended.w, dtype=problem.dtype), problem.dtype.type(descended.b))
        if fault := expected.step_fault(before, after, ALPHA):
            message = f"step {steps}: {fault}"
            raise Out(Absence(impl=worker.name, outcome="wrong", stage="descent", message=message, cell=ready.cell))
        before, expected = after, reference(problem, after.w, after.b, exact=False)


@contextmanager
def stage(ready: ReadyCell, worker: Worker, name: str) -> Iterator[None]:
    """Turns a worker's failure into Out, with the name of the stage it happened in."""
    try:
        yield
    except WorkerFailed as error:
        raise Out(_absence(ready, worker, name, str(error))) from error


def _absence(ready: ReadyCell, worker: Worker, stage: str, message: str) -> Absence:
    return Absence(impl=worker.name, outcome="failed", stage=stage, message=message, cell=ready.cell)
