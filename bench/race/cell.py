"""The race in one cell: verify every implementation, time the right ones in rounds, verify their timed results."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median

from gradrace.bench.race import plan
from gradrace.bench.race.candidate import Candidate
from gradrace.bench.race.checks import (
    Out,
    out,
    stage,
    trials,
    verify,
    verify_computed,
    verify_conversion,
    verify_descents_computed,
    verify_ends,
    verify_finished,
    verify_singles,
)
from gradrace.bench.race.entering import enter, prepare_all
from gradrace.bench.race.ready import ReadyCell
from gradrace.bench.race.rounds import LEAST_ROUNDS, turns
from gradrace.bench.race.schedule import Schedule
from gradrace.bench.results import (
    DESCENT_STEPS,
    FLOOR,
    FLOORS,
    Absence,
    Cell,
    Extra,
    Measurement,
    Noise,
    floor_of,
    shown,
)
from gradrace.bench.stats import paired_ratio
from gradrace.bench.verification.judge import OVERWRITTEN
from gradrace.bench.workers.client import Worker
from gradrace.bench.workers.process import WorkerFailed
from gradrace.bench.workers.task import Task

GRACE_S, GRACE_SHARE = 1.0, 0.06
"""Extra seconds for the rounds once the budget is spent, so that verification isn't wasted; a share of the budget."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of the race in one cell.

    candidates: the candidates that entered, whose costs predict those in other cells.
    """

    measurements: list[Measurement]
    absences: list[Absence]
    candidates: list[Candidate]
    noise: Noise | None = None

    @property
    def timed_s(self) -> float:
        """Return the seconds of all samples and descents."""
        return sum(candidate.timed_s for candidate in self.candidates)


@dataclass(frozen=True, slots=True)
class Terms:
    """Limits and predictions for the race of one cell.

    left_s: seconds left of the whole budget; an implementation that needs more for the least rounds is skipped.
    grace_s: seconds that the least rounds may take, even if the budget is spent.
    time_left: whether the cell may have further rounds.
    predicted_s: seconds of one call of an implementation, by its name.
    precision: half-width of the ratios' intervals, as a share of the ratios, at which the cell is finished.
    optional: names of implementations that are skipped before others.
    tell: callback for progress.
    """

    left_s: Callable[[], float]
    grace_s: float
    time_left: Callable[[], bool]
    predicted_s: Callable[[str], float]
    precision: float
    optional: Collection[str]
    tell: Callable[[str], None]

    def rounds_s(self) -> float:
        """Return the seconds that the least rounds may take."""
        return max(self.left_s(), self.grace_s)


def race_cell(ready: ReadyCell, workers: Sequence[Worker], terms: Terms) -> Outcome:
    """Race the workers, which have been started, in one cell."""
    entered: list[Candidate] = []
    absences: list[Absence] = []
    terms.tell("preparing")
    for worker, prepared in zip(workers, prepare_all(ready, workers, terms.left_s), strict=True):
        if isinstance(prepared, Absence):
            absences.append(prepared)
            continue
        terms.tell(f"verifying {shown(worker.name)}")
        try:
            entered.append(enter(ready, worker, terms.left_s, terms.predicted_s(worker.name), prepared))
        except Out as reason:
            absences.append(reason.absence)
    racing, slow = fitting(ready.cell, entered, terms)
    terms.tell("racing")
    schedule = Schedule(racing, terms.precision)
    for number, candidate in turns(racing, ready.rng, schedule.rounds(terms.time_left)):
        if candidate.worker.name in schedule.taking_part:
            candidate.sample(number)
    for bound in (True, False):
        if limit_is_beaten(racing) and LEAST_ROUNDS * sum(one.sample_s for one in racing) <= terms.rounds_s():
            terms.tell("measuring the limit again")
            measure_limits_again(ready, racing, bound=bound)
    terms.tell("descending")
    descending = [candidate for candidate in racing if candidate.descends]
    for _, candidate in turns(descending, ready.rng, range(LEAST_ROUNDS)):
        candidate.descend(ready.descent.alpha)
    measurements, wrong = finish_all(ready, racing)
    return Outcome(measurements, absences + wrong + slow, entered)


def finish_all(ready: ReadyCell, racing: Sequence[Candidate]) -> tuple[list[Measurement], list[Absence]]:
    """Return the measurements of the candidates that are right, and the absences of the others.

    The exact ends of descents are computed at the same time, which takes up to 0.7 s a cell.
    """
    finished: list[tuple[Candidate, Measurement]] = []
    measurements: list[Measurement] = []
    absences: list[Absence] = []
    with ThreadPoolExecutor(1) as background:
        if any(candidate.descents for candidate in racing):
            background.submit(ready.descent.after, DESCENT_STEPS)
        for candidate in racing:
            try:
                finished.append((candidate, finish(ready, candidate)))
            except Out as reason:
                absences.append(reason.absence)
    for candidate, measurement in finished:
        try:
            verify_ends(ready, candidate.worker, candidate.descents)
            measurements.append(measurement)
        except Out as reason:
            absences.append(reason.absence)
    return measurements, absences


def fitting(cell: Cell, candidates: list[Candidate], terms: Terms) -> tuple[list[Candidate], list[Absence]]:
    """Return the candidates that fit in the time left, now that their costs are measured, and the others as skipped."""
    needs = {(cell, one.worker.name): one.least_rounds * one.sample_s for one in candidates}
    wanted = {entry for entry in needs if entry[1] not in terms.optional}
    left_out = {name for _, name in plan.too_much(needs, terms.rounds_s(), kept=wanted)}
    slow = [
        Absence(
            impl=candidate.worker.name,
            outcome="skipped",
            stage="calibrate",
            message=f"one call takes {plan.about(candidate.call_s)}: {candidate.least_rounds} don't fit in the budget",
            cell=cell,
        )
        for candidate in candidates
        if candidate.worker.name in left_out
    ]
    return [candidate for candidate in candidates if candidate.worker.name not in left_out], slow


def verify_timed(ready: ReadyCell, candidate: Candidate) -> None:
    """Verify the last gradient, and that calls and descents compute their results, and finish them.

    Raises Out if one of these is wrong, or if a call changes w or an earlier result.
    """
    worker = candidate.worker
    if candidate.changes_w:
        raise out(ready, worker, "verify after the race", "a call changes the w that it is given")
    if candidate.overwrites:
        raise out(ready, worker, "verify after the race", OVERWRITTEN)
    call_s = min(candidate.samples_s)
    if candidate.is_single:
        candidate.error_over_bound = verify_singles(ready, candidate)
    else:
        verify_computed(ready, worker, trials(candidate.calls))
        if candidate.descents:
            verify_descents_computed(ready, worker, candidate.descents)
        with stage(ready, worker, "last call"):
            last = worker.ask(Task.last)
        verify(ready, worker, "verify after the race", last, ready.expected.here)
    verify_finished(ready, candidate, call_s)
    verify_conversion(ready, worker, call_s)


def limit_is_beaten(racing: Sequence[Candidate]) -> bool:
    """Return whether a candidate takes less time than the limit, with the interval of their ratio below 1."""
    limits = {one.worker.name: one for one in racing if one.worker.name in FLOORS and not one.is_out}
    pairs = [(one, limits[name]) for one in racing if (name := floor_of(one.worker.name)) in limits]
    shares = [paired_ratio(one.by_round(), limit.by_round()) for one, limit in pairs if one is not limit]
    return any(share is not None and share.high < 1 for share in shares)


def measure_limits_again(ready: ReadyCell, racing: Sequence[Candidate], *, bound: bool) -> None:
    """Prepare the limits again, which chooses the fastest way to read X again, and race LEAST_ROUNDS further rounds.

    The limits' earlier samples are dropped, unless they were faster. If no candidate is faster than the new limit, the
    old limit was wrong. Slow candidates take part only in the first of these rounds.

    bound: whether each thread of the processor's limit stays on its own core. On a core that another program uses, such
    a thread waits, and implementations, whose threads may move, were faster than the limit.
    """
    limits = [one for one in racing if one.worker.name in FLOORS and not one.is_out]
    earlier = [([*limit.samples_s], [*limit.rounds]) for limit in limits]
    for limit in limits:
        try:
            if limit.worker.name == FLOOR:
                limit.worker.bind(bound=bound)
            limit.worker.ask(Task.prepare, str(ready.whole()))
            limit.worker.ask(Task.compute)
        except WorkerFailed as error:
            limit.failure = str(error)
        limit.samples_s.clear()
        limit.rounds.clear()
    first = 1 + max(number for one in racing for number in one.rounds)
    for number, candidate in turns(racing, ready.rng, range(first, first + LEAST_ROUNDS)):
        if number == first or not candidate.is_slow:
            candidate.sample(number)
    for limit, (samples_s, rounds) in zip(limits, earlier, strict=True):
        if samples_s and limit.samples_s and median(samples_s) < median(limit.samples_s):
            limit.samples_s, limit.rounds = samples_s, rounds


def finish(ready: ReadyCell, candidate: Candidate) -> Measurement:
    """Return the candidate's measurement. Raises Out if it failed in the rounds, or if a timed result is wrong."""
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
