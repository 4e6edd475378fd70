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
from gradrace.bench.race.rounds import LEAST_ROUNDS, Entrant, run_rounds
from gradrace.bench.results import DESCENT_STEPS, FLOORS, Absence, Cell, ErrorOverBound, Extra, Measurement, Noise
from gradrace.bench.verification.reference import Point, Reference, reference
from gradrace.bench.workers.client import Contestant
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
"""How often a contestant whose results look late is asked again."""

LATE_S, LATE_SHARE = 20e-6, 0.5
"""A result that can be read only so much later than at a second reading wasn't finished: more than a cold cache costs,
and half a call more. The least of several trials counts, as a process may be interrupted in one.
"""

SAMPLE_S = 0.005
"""A sample's least length: 100 times the 50 µs that a switch between processes and its cold caches may cost."""


class Out(Exception):
    """A contestant is out of this cell; the absence says why."""

    def __init__(self, absence: Absence) -> None:
        super().__init__(absence.message)
        self.absence = absence


class Expected(NamedTuple):
    """The case's own w and b, what the gradient must be there, and what `elsewhere`."""

    start: Point
    here: Reference
    elsewhere: Reference


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
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
    """What one cell gave. entrants: those measured, for what their costs foretell of other cells."""

    measurements: list[Measurement]
    absences: list[Absence]
    entrants: list[Entrant]
    noise: Noise | None = None


def run_heat(
    heat: Heat,
    contestants: Sequence[Contestant],
    left_s: Callable[[], float],
    time_left: Callable[[], bool],
    tell: Callable[[str], None],
) -> Outcome:
    """Race the contestants in one cell.

    left_s: seconds left of the whole budget; who needs more for the least rounds is skipped.
    time_left: whether this cell may have further rounds.
    """
    entrants: list[Entrant] = []
    absences: list[Absence] = []
    for contestant in contestants:
        tell(f"verifying {contestant.name}")
        try:
            entrants.append(enter(heat, contestant, left_s))
        except Out as out:
            absences.append(out.absence)
    racing, slow = fitting(heat.cell, entrants, max(left_s(), GRACE_S))
    tell("racing")
    run_rounds(racing, heat.rng, time_left, take_sample)
    tell("descending")
    run_rounds([entrant for entrant in racing if entrant.descends], heat.rng, lambda: False, take_descent)
    measurements = []
    for entrant in racing:
        try:
            measurements.append(finish(heat, entrant))
        except Out as out:
            absences.append(out.absence)
    return Outcome(measurements, absences + slow, entrants)


def enter(heat: Heat, contestant: Contestant, left_s: Callable[[], float]) -> Entrant:
    """Prepare, first call, verify, calibrate. Raises Out if one of them fails or the gradient is wrong."""
    begun_s = left_s()
    with stage(heat, contestant, "prepare"):
        prepare_s = contestant.prepare(heat.whole())
    with stage(heat, contestant, "first call"):
        first = contestant.compute()
    error_over_bound = None if contestant.name in FLOORS else verify_two(heat, contestant, first)
    with stage(heat, contestant, "calibrate"):
        calibrated = contestant.calibrate(SAMPLE_S)
    descends = contestant.name not in FLOORS and calibrated.call_s * DESCENT_STEPS <= DESCENT_S
    if descends:
        verify_descent(heat, contestant)
        with stage(heat, contestant, "descent"):
            descends = contestant.descend(ALPHA, TRIAL_STEPS).step_s * DESCENT_STEPS <= DESCENT_S
    return Entrant(
        contestant=contestant,
        prepare_s=prepare_s,
        first_call_s=first.call_s,
        call_s=calibrated.call_s,
        calls=calibrated.calls,
        descends=descends,
        enter_s=begun_s - left_s(),
        cores=calibrated.cores,
        error_over_bound=error_over_bound,
    )


def take_sample(entrant: Entrant, number: int) -> None:
    """One sample of the gradient, noted with its round."""
    entrant.samples_s.append(entrant.contestant.sample(entrant.calls))
    entrant.rounds.append(number)


def take_descent(entrant: Entrant, number: int) -> None:  # noqa: ARG001  # no descent is paired with another yet
    """The seconds per step of one descent."""
    entrant.descent_step_s.append(entrant.contestant.descend(ALPHA, DESCENT_STEPS).step_s)


def fitting(cell: Cell, entrants: list[Entrant], left_s: float) -> tuple[list[Entrant], list[Absence]]:
    """Who fits in the time left, now that a call's cost is known, and the others as skipped."""
    needs = {(cell, entrant.contestant.name): LEAST_ROUNDS * entrant.sample_s for entrant in entrants}
    left_out = {name for _, name in plan.too_much(needs, left_s)}
    slow = [
        Absence(
            impl=entrant.contestant.name,
            outcome="skipped",
            stage="calibrate",
            message=f"one call takes {plan.about(entrant.call_s)}: {LEAST_ROUNDS} rounds would not fit the budget",
            cell=cell,
        )
        for entrant in entrants
        if entrant.contestant.name in left_out
    ]
    return [entrant for entrant in entrants if entrant.contestant.name not in left_out], slow


def finish(heat: Heat, entrant: Entrant) -> Measurement:
    """The entrant's measurement. Raises Out if it failed in the rounds, or if what it computed last is wrong."""
    contestant = entrant.contestant
    if entrant.failure is not None:
        raise Out(_absence(heat, contestant, "race", entrant.failure))
    with stage(heat, contestant, "last call"):
        last = contestant.last()
        late_s = least_late_s(contestant, entrant.call_s)
        left = contestant.forget()
    if contestant.name not in FLOORS:
        verify(heat, contestant, "verify after the race", last.gradient, heat.expected.here)
        verify_finished(heat, contestant, late_s, entrant.call_s)
    extra = Extra(
        technique=contestant.technique,
        rounds=entrant.rounds,
        descent_step_s=entrant.descent_step_s or None,
        startup_s=contestant.startup_s,
        prepare_s=entrant.prepare_s,
        first_call_s=entrant.first_call_s,
        peak_rss_bytes=left.peak_rss_bytes,
        facts=left.facts or None,
        error_over_bound=entrant.error_over_bound,
    )
    return Measurement(
        impl=contestant.name, cell=heat.cell, samples_s=entrant.samples_s, calls=entrant.calls, extra=extra
    )


def verify_two(heat: Heat, contestant: Contestant, first: Computed) -> ErrorOverBound:
    """The first gradient's error / bound, and another point's after it: what remembers the first is found out."""
    error = verify(heat, contestant, "verify", first.gradient, heat.expected.here)
    with stage(heat, contestant, "verify elsewhere"):
        second = contestant.compute(elsewhere=True)
    verify(heat, contestant, "verify elsewhere", second.gradient, heat.expected.elsewhere)
    return error


def verify(heat: Heat, contestant: Contestant, at: str, gradient: Gradient, right: Reference) -> ErrorOverBound:
    """The gradient's error / bound. Raises Out if it is wrong."""
    if fault := right.fault(gradient):
        raise Out(Absence(impl=contestant.name, outcome="wrong", stage=at, message=fault, cell=heat.cell))
    return right.error_over_bound(gradient)


def least_late_s(contestant: Contestant, call_s: float) -> float:
    """How late its results are, in seconds; asked again where that looks wrong: who isn't finished never is.

    (numba_loop at (1, 12288) once looked 22 µs late in all of three trials, while another process had its core.)
    """
    late_s = contestant.late()
    for _ in range(LATE_AGAIN):
        if not is_late(late_s, call_s):
            break
        late_s = min(late_s, contestant.late())
    return late_s


def is_late(late_s: float, call_s: float) -> bool:
    """Whether a result that can be read only so much later wasn't finished."""
    return late_s > max(LATE_S, LATE_SHARE * call_s)


def verify_finished(heat: Heat, contestant: Contestant, late_s: float, call_s: float) -> None:
    """Whether a call returns only when the work is finished. Raises Out if not."""
    if is_late(late_s, call_s):
        message = f"returns before it has finished: its result could be read {late_s * 1e6:.0f} µs later only"
        raise Out(Absence(impl=contestant.name, outcome="wrong", stage="finish", message=message, cell=heat.cell))


def verify_descent(heat: Heat, contestant: Contestant) -> None:
    """Whether each of the first steps of a descent ends where it should. Raises Out if not, or if it fails.

    The second and third are held against the gradient where the step before ended: a sum that isn't reset shows there.
    """
    problem = problems.load(heat.whole()).problem
    before, expected, _ = heat.expected
    for steps in range(1, VERIFIED_STEPS + 1):
        with stage(heat, contestant, "descent"):
            descended = contestant.descend(ALPHA, steps)
        after = Point(np.frombuffer(descended.w, dtype=problem.dtype), problem.dtype.type(descended.b))
        if fault := expected.step_fault(before, after, ALPHA):
            message = f"step {steps}: {fault}"
            raise Out(Absence(impl=contestant.name, outcome="wrong", stage="descent", message=message, cell=heat.cell))
        before, expected = after, reference(problem, after.w, after.b, exact=False)


@contextmanager
def stage(heat: Heat, contestant: Contestant, name: str) -> Iterator[None]:
    """Turns a worker's failure into Out, with the name of the stage it happened in."""
    try:
        yield
    except WorkerFailed as error:
        raise Out(_absence(heat, contestant, name, str(error))) from error


def _absence(heat: Heat, contestant: Contestant, stage: str, message: str) -> Absence:
    return Absence(impl=contestant.name, outcome="failed", stage=stage, message=message, cell=heat.cell)
