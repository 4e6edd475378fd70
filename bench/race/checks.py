"""Checks that an implementation is right in a cell: its gradients, its descents, and that its calls finish the work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np

from gradrace.bench.race.candidate import Candidate
from gradrace.bench.race.ready import ReadyCell
from gradrace.bench.results import DESCENT_STEPS, ITEM_BYTES, Absence, ErrorOverBound, Outcome
from gradrace.bench.text import duration
from gradrace.bench.verification.judge import OVERWRITTEN, REMEMBERED
from gradrace.bench.verification.reference import Point, Reference, reference
from gradrace.bench.workers.answers import Computed, Descended
from gradrace.bench.workers.client import Worker, outcome_of
from gradrace.bench.workers.process import WorkerFailed
from gradrace.bench.workers.task import Task
from gradrace.impls.interface import Gradient, Problem

VERIFIED_STEPS = 3
"""Number of descent steps that are verified one by one."""

LATE_S, LATE_PER_BYTE_S, LATE_SHARE = 4e-6, 2.5e-10, 0.05
"""Limits of the extra time to read a result, compared with reading a finished one: seconds, seconds a byte, and a share
of the fastest call. They allow for the noise of the clock and for moving the bytes from another core's cache. A result
that takes longer than their sum wasn't finished. The upper quartile of all samples is compared: some samples are
interrupted, and in others an asynchronous result is finished by chance. Right implementations took 0.1 to 0.6 µs with
100 features and 3 to 11 µs with 12,288 (AMD Zen 3, 2 cores, float64).
"""

REREADINGS = 5
"""Maximum number of times that REPEATS further results are read before one is called late."""

REPEATED_SHARE, REPEATS, LEAST_REPEATED, MOST_REPEATED = 0.5, 9, 3, 100
"""A result is cached if, in each of REPEATS trials, the fastest call at a point already used takes less than this share
of the fastest one at a new point. A trial has LEAST_REPEATED to MOST_REPEATED pairs of such calls; if a sample is a
single call, the first trial is one pair. One trial of a right implementation may look so: its first call may find the
processor's caches filled by others, which makes it 2.5 times as slow (20 MB of X, a cache of 48 MB), or all of a
trial's new calls are interrupted. As the pairs alternate, interruptions hit both kinds of calls alike, and nine trials
in a row don't look so.
"""

REMEMBERED_SHARE, SLOW_REPEATS = 0.1, 2
"""A slow call's result is cached if the call takes less than this share of the one before, at the same point, in a pair
of samples and in SLOW_REPEATS trials of one pair.
"""


class Out(Exception):
    """Exception that removes an implementation from this cell; the absence holds the reason."""

    def __init__(self, absence: Absence) -> None:
        super().__init__(absence.message)
        self.absence = absence


@contextmanager
def stage(ready: ReadyCell, worker: Worker, name: str) -> Iterator[None]:
    """Turn a worker's failure into Out, with the name of the stage in which it happened."""
    try:
        yield
    except WorkerFailed as error:
        raise out(ready, worker, name, str(error), outcome_of(error)) from error


def out(ready: ReadyCell, worker: Worker, at: str, message: str, outcome: Outcome = "wrong") -> Out:
    """Return the exception that removes an implementation from the cell."""
    return Out(Absence(impl=worker.name, outcome=outcome, stage=at, message=message, cell=ready.cell))


def verify(ready: ReadyCell, worker: Worker, at: str, gradient: Gradient, right: Reference) -> ErrorOverBound:
    """Return the gradient's error / bound. Raises Out if it is wrong."""
    if fault := right.fault(gradient):
        raise out(ready, worker, at, fault)
    return right.error_over_bound(gradient)


def verify_two(ready: ReadyCell, worker: Worker, first: Computed) -> ErrorOverBound:
    """Verify the gradients at two points, so that cached results are caught; return the first one's error / bound."""
    error = verify(ready, worker, "verify", first.gradient, ready.expected.here)
    with stage(ready, worker, "verify elsewhere"):
        second = worker.ask(Task.compute_elsewhere)
    if second.overwrites:
        raise out(ready, worker, "verify elsewhere", OVERWRITTEN)
    if fault := ready.expected.elsewhere.fault(second.gradient):
        raise out(ready, worker, "verify elsewhere", f"{fault}; {REMEMBERED}")
    return error


def verify_singles(ready: ReadyCell, candidate: Candidate) -> ErrorOverBound:
    """Verify the gradients of single calls, and that none is cached. Return the first one's error / bound.

    Every second sample is a call at the point of the sample before. If it took so little that its result may be cached,
    `verify_computed` decides. Raises Out if a gradient is wrong or cached.
    """
    here, elsewhere = ready.expected.here, ready.expected.elsewhere
    first, *others = candidate.gradients
    error = verify(ready, candidate.worker, "verify", first, here)
    for number, gradient in enumerate(others, 1):
        right = here if number % 4 in (0, 3) else elsewhere
        verify(ready, candidate.worker, f"verify sample {number + 1}", gradient, right)
    new_s, again_s = candidate.samples_s[1::2], candidate.samples_s[2::2]
    if candidate.is_slow:
        if any(again < REMEMBERED_SHARE * new for new, again in zip(new_s, again_s, strict=False)):
            verify_computed(ready, candidate.worker, [1] * SLOW_REPEATS, REMEMBERED_SHARE)
    elif min(again_s) <= REPEATED_SHARE * min(new_s):
        verify_computed(ready, candidate.worker, trials(LEAST_REPEATED))
    return error


def verify_descent(ready: ReadyCell, worker: Worker) -> None:
    """Verify where each of the first steps of a descent ends. Raises Out if one is wrong or fails.

    The second and third are compared with the gradient at the end of the previous step, which reveals a sum that isn't
    reset.
    """
    problem, alpha = ready.descent.problem, ready.descent.alpha
    before, expected, _ = ready.expected
    for steps in range(1, VERIFIED_STEPS + 1):
        with stage(ready, worker, "descent"):
            after = end(worker.ask(Task.descend, alpha, steps, False), problem)
        if fault := expected.step_fault(before, after, alpha):
            raise out(ready, worker, "descent", f"step {steps}: {fault}")
        before, expected = after, reference(problem, after.w, after.b)


def verify_ends(ready: ReadyCell, worker: Worker, descents: Iterable[Descended], steps: int = DESCENT_STEPS) -> None:
    """Verify where timed descents of so many steps ended. Raises Out if an end is outside a right descent's bound."""
    for descended in descents:
        if fault := ready.descent.fault(end(descended, ready.descent.problem), steps):
            raise out(ready, worker, "descent", fault)


def end(descended: Descended, problem: Problem) -> Point:
    """Return the point where a descent ended."""
    return Point(np.frombuffer(descended.w, dtype=problem.dtype), problem.dtype.type(descended.b))


def verify_finished(ready: ReadyCell, candidate: Candidate, call_s: float) -> None:
    """Verify that a call returns only when its result is finished. Raises Out if not.

    As long as results seem late, REPEATS further ones are read, up to REREADINGS times; of slow calls, once. With
    Laplace noise of 20 µs, 1 % of right calls are found late, and 99 % of the calls that are 60 µs late.

    call_s: seconds of the fastest call.
    """
    size = ready.cell.n_x * ITEM_BYTES[ready.cell.dtype]
    longest_s = LATE_S + LATE_PER_BYTE_S * size + LATE_SHARE * call_s
    for _ in range(1 if candidate.is_slow else REREADINGS):
        if candidate.late_s > longest_s:
            with stage(ready, candidate.worker, "finish"):
                candidate.read_again(REPEATS)
    if candidate.late_s > longest_s:
        message = (
            f"returns before it has finished: a call takes {duration(call_s, 2)}, and reading its result "
            f"{duration(candidate.late_s, 2)} more than reading a finished one"
        )
        raise out(ready, candidate.worker, "finish", message)


def verify_conversion(ready: ReadyCell, worker: Worker, call_s: float) -> None:
    """Verify that `to_native`, which isn't timed, does none of the work. Raises Out if it does."""
    for _ in range(REPEATS):
        with stage(ready, worker, "convert"):
            extra_s = worker.ask(Task.convert)
        if extra_s <= LATE_S + LATE_SHARE * call_s:
            return
    message = (
        f"works before it is timed: a call takes {duration(call_s, 2)}, and to_native {duration(extra_s, 2)} more "
        "than for a w of another length"
    )
    raise out(ready, worker, "convert", message)


def verify_descents_computed(
    ready: ReadyCell, worker: Worker, timed: Iterable[Descended], steps: int = DESCENT_STEPS
) -> None:
    """Verify that descents of so many steps aren't cached. Raises Out if they are.

    timed: the timed descents, which are one descent repeated. It must take as long as one with another learning rate.
    If it doesn't, the other one and the timed one are both repeated, as the machine may have become slower meanwhile.
    """
    timed_s = min(one.step_s for one in timed)
    for trial in range(1, REPEATS + 1):
        other = ready.descent.alpha / 2**trial
        new_s = step_s(ready, worker, other, steps)
        if timed_s > REPEATED_SHARE * new_s:
            return
        again_s = min(step_s(ready, worker, alpha, steps) for alpha in (other, ready.descent.alpha))
        if again_s > REPEATED_SHARE * new_s:
            return
    message = f"caches its descents: a step takes {duration(new_s, 2)}, in a repeated one {duration(again_s, 2)}"
    raise out(ready, worker, "repeat", message)


def step_s(ready: ReadyCell, worker: Worker, alpha: float, steps: int) -> float:
    """Return the seconds of a step in a descent of so many steps from zeros with this learning rate."""
    with stage(ready, worker, "repeat"):
        return worker.ask(Task.descend, alpha, steps, True).step_s


def trials(calls: int) -> list[int]:
    """Return the number of pairs of calls in each trial of `verify_computed`, for samples of so many calls."""
    return [min(max(calls, least), MOST_REPEATED) for least in [1] + [LEAST_REPEATED] * (REPEATS - 1)]


def verify_computed(
    ready: ReadyCell, worker: Worker, trials: Iterable[int], cached_share: float = REPEATED_SHARE
) -> None:
    """Verify that calls at points already used take as long as those at new ones. Raises Out if results are cached.

    trials: number of pairs of calls in each trial; the first one that finds no cached results ends the check.
    cached_share: share of a new call's time below which a result is cached.
    """
    for pairs in trials:
        with stage(ready, worker, "repeat"):
            found = worker.ask(Task.repeat, pairs)
        if found.again_s > cached_share * found.new_s:
            return
    message = (
        f"caches its results: a call takes {duration(found.new_s, 2)}, "
        f"a second one at the same w and b {duration(found.again_s, 2)}"
    )
    raise out(ready, worker, "repeat", message)
