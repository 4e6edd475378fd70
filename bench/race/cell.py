"""One cell's race: verify everyone, time those that are right in rounds, verify once more what the rounds computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gradrace.bench.race import plan
from gradrace.bench.race.candidate import Candidate
from gradrace.bench.race.checks import (
    Out,
    out,
    stage,
    verify,
    verify_computed,
    verify_conversion,
    verify_descent,
    verify_descents_computed,
    verify_ends,
    verify_finished,
    verify_two,
)
from gradrace.bench.race.ready import ReadyCell
from gradrace.bench.race.rounds import LEAST_ROUNDS, turns, while_time
from gradrace.bench.results import (
    DESCENT_STEPS,
    FLOORS,
    Absence,
    Cell,
    Extra,
    Measurement,
    Noise,
    floor_of,
)
from gradrace.bench.stats import paired_ratio
from gradrace.bench.workers.client import Worker
from gradrace.bench.workers.process import WorkerFailed
from gradrace.bench.workers.task import Task

DESCENT_S = 0.06
"""Descents are timed where one takes no longer: where the cost of a call, which they save, still shows."""

TRIAL_STEPS = 20
"""Steps that tell how long a descent will take."""

GRACE_S = 1.0
"""Extra seconds for the rounds once the budget is spent, so that verification isn't wasted."""

SAMPLE_S = 0.005
"""A sample's least length: 100 times the 50 µs that a switch between processes and its cold caches may cost."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one cell gave. candidates: those that entered, for what their costs predict of other cells."""

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

    Args:
        ready: the cell, with its problem and reference gradients.
        workers: the implementations, started.
        left_s: seconds left of the whole budget; who needs more for the least rounds is skipped.
        time_left: whether this cell may have further rounds.
        tell: hears what is being done.
    """
    entered: list[Candidate] = []
    absences: list[Absence] = []
    for worker in workers:
        tell(f"verifying {worker.name}")
        try:
            entered.append(enter(ready, worker, left_s))
        except Out as reason:
            absences.append(reason.absence)
    racing, slow = fitting(ready.cell, entered, max(left_s(), GRACE_S))
    tell("racing")
    for number, candidate in turns(racing, ready.rng, while_time(time_left)):
        candidate.sample(number)
    if limit_is_beaten(racing) and LEAST_ROUNDS * sum(one.sample_s for one in racing) <= max(left_s(), GRACE_S):
        tell("measuring the limit again")
        measure_limits_again(ready, racing)
    tell("descending")
    descending = [candidate for candidate in racing if candidate.descends]
    for _, candidate in turns(descending, ready.rng, range(LEAST_ROUNDS)):
        candidate.descend(ready.descent.alpha)
    measurements = []
    for candidate in racing:
        try:
            measurements.append(finish(ready, candidate))
        except Out as reason:
            absences.append(reason.absence)
    return Outcome(measurements, absences + slow, entered)


def enter(ready: ReadyCell, worker: Worker, left_s: Callable[[], float]) -> Candidate:
    """Prepare, call once, verify, calibrate. Raises Out if one of them fails or the gradient is wrong."""
    begun_s, is_limit = left_s(), worker.name in FLOORS
    with stage(ready, worker, "prepare"):
        prepare_s = worker.ask(Task.prepare, str(ready.whole()))
    with stage(ready, worker, "first call"):
        first = worker.ask(Task.compute)
    error_over_bound = None if is_limit else verify_two(ready, worker, first)
    with stage(ready, worker, "calibrate"):
        calibrated = worker.ask(Task.calibrate, SAMPLE_S)
    descends = not is_limit and calibrated.call_s * DESCENT_STEPS <= DESCENT_S
    if descends:
        verify_descent(ready, worker)
        with stage(ready, worker, "descent"):
            trial = worker.ask(Task.descend, ready.descent.alpha, TRIAL_STEPS, True)
        descends = trial.step_s * DESCENT_STEPS <= DESCENT_S
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


def fitting(cell: Cell, candidates: list[Candidate], left_s: float) -> tuple[list[Candidate], list[Absence]]:
    """Return those that fit in the time left, now that a call's cost is known, and the others as skipped."""
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


def verify_timed(ready: ReadyCell, candidate: Candidate) -> None:
    """Verify the last gradient, the ends of descents, and that calls computed and finished. Raises Out if not."""
    worker = candidate.worker
    if candidate.changes_w:
        raise out(ready, worker, "verify after the race", "a call changes the w that it is given")
    call_s = min(candidate.samples_s)
    verify_computed(ready, worker, candidate.calls)
    if candidate.descents:
        verify_descents_computed(ready, worker)
    with stage(ready, worker, "last call"):
        last = worker.ask(Task.last)
    verify(ready, worker, "verify after the race", last.gradient, ready.expected.here)
    verify_ends(ready, worker, candidate.descents)
    verify_finished(ready, worker, candidate.late_s, call_s)
    verify_conversion(ready, worker, call_s)


def limit_is_beaten(racing: Sequence[Candidate]) -> bool:
    """Return whether a candidate takes less than the limit, beyond the interval of their ratio."""
    limits = {one.worker.name: one for one in racing if one.worker.name in FLOORS and not one.is_out}
    pairs = [(one, limits[name]) for one in racing if (name := floor_of(one.worker.name)) in limits]
    shares = [paired_ratio(one.by_round(), limit.by_round()) for one, limit in pairs if one is not limit]
    return any(share is not None and share.high < 1 for share in shares)


def measure_limits_again(ready: ReadyCell, racing: Sequence[Candidate]) -> None:
    """Prepare the limits anew, which chooses the fastest way to read X anew, and race LEAST_ROUNDS further rounds.

    The limits' earlier samples are dropped. The limit was wrong if now no candidate beats it.
    """
    for limit in (one for one in racing if one.worker.name in FLOORS and not one.is_out):
        try:
            limit.worker.ask(Task.prepare, str(ready.whole()))
            limit.worker.ask(Task.compute)
        except WorkerFailed as error:
            limit.failure = str(error)
        limit.samples_s.clear()
        limit.rounds.clear()
    first = 1 + max(number for one in racing for number in one.rounds)
    for number, candidate in turns(racing, ready.rng, range(first, first + LEAST_ROUNDS)):
        candidate.sample(number)


def finish(ready: ReadyCell, candidate: Candidate) -> Measurement:
    """Return the candidate's measurement. Raises Out if it failed in the rounds, or if its last gradient is wrong."""
    worker = candidate.worker
    if candidate.failure is not None:
        raise out(ready, worker, "race", candidate.failure, "failed")
    if worker.name not in FLOORS:
        verify_timed(ready, candidate)
    with stage(ready, worker, "last call"):
        left = worker.ask(Task.forget)
    extra = Extra(
        technique=worker.technique,
        rounds=candidate.rounds,
        descent_step_s=[one.step_s for one in candidate.descents] or None,
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
