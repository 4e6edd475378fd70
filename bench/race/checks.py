"""Whether an implementation is right in a cell: its gradients, its descents, and that its calls finish the work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from gradrace.bench import problems
from gradrace.bench.race.ready import ReadyCell
from gradrace.bench.results import Absence, ErrorOverBound, Outcome
from gradrace.bench.verification.reference import Point, Reference, reference
from gradrace.bench.workers.client import Worker
from gradrace.bench.workers.process import WorkerFailed
from gradrace.bench.workers.task import Computed, Task
from gradrace.impls.interface import Gradient

ALPHA = 2.0**-14
"""The learning rate of timed descents: small, so that no problem makes 1000 steps diverge; exact in every precision."""

VERIFIED_STEPS = 3
"""Steps of a descent that are verified one by one."""

LATE_AGAIN = 9
"""How often a result that looks late is looked at again."""

LATE_S, LATE_SHARE = 20e-6, 0.5
"""A result that can be read only so much later than at a second reading wasn't finished: more than a cold cache costs,
and half a call more. The least of several trials counts, as a process may be interrupted in one.
"""


class Out(Exception):
    """An implementation is out of this cell; the absence says why."""

    def __init__(self, absence: Absence) -> None:
        super().__init__(absence.message)
        self.absence = absence


@contextmanager
def stage(ready: ReadyCell, worker: Worker, name: str) -> Iterator[None]:
    """Turn a worker's failure into Out, with the name of the stage in which it happened."""
    try:
        yield
    except WorkerFailed as error:
        raise out(ready, worker, name, str(error), "failed") from error


def out(ready: ReadyCell, worker: Worker, at: str, message: str, outcome: Outcome = "wrong") -> Out:
    """Return the exception that takes an implementation out of the cell."""
    return Out(Absence(impl=worker.name, outcome=outcome, stage=at, message=message, cell=ready.cell))


def verify(ready: ReadyCell, worker: Worker, at: str, gradient: Gradient, right: Reference) -> ErrorOverBound:
    """Return the gradient's error / bound. Raises Out if it is wrong."""
    if fault := right.fault(gradient):
        raise out(ready, worker, at, fault)
    return right.error_over_bound(gradient)


def verify_two(ready: ReadyCell, worker: Worker, first: Computed) -> ErrorOverBound:
    """Verify the first gradient, and another point's after it, so that cached results are caught."""
    error = verify(ready, worker, "verify", first.gradient, ready.expected.here)
    with stage(ready, worker, "verify elsewhere"):
        second = worker.ask(Task.compute_elsewhere)
    verify(ready, worker, "verify elsewhere", second.gradient, ready.expected.elsewhere)
    return error


def verify_descent(ready: ReadyCell, worker: Worker) -> None:
    """Verify where each of the first steps of a descent ends. Raises Out if one is wrong or fails.

    The second and third are compared with the gradient where the step before ended: a sum that isn't reset shows there.
    """
    problem = problems.load(ready.whole()).problem
    before, expected, _ = ready.expected
    for steps in range(1, VERIFIED_STEPS + 1):
        with stage(ready, worker, "descent"):
            descended = worker.ask(Task.descend, ALPHA, steps)
        after = Point(np.frombuffer(descended.w, dtype=problem.dtype), problem.dtype.type(descended.b))
        if fault := expected.step_fault(before, after, ALPHA):
            raise out(ready, worker, "descent", f"step {steps}: {fault}")
        before, expected = after, reference(problem, after.w, after.b)


def verify_finished(ready: ReadyCell, worker: Worker, late_s: float, call_s: float) -> None:
    """Verify that a call returns only when its result is finished. Raises Out if not."""
    if is_late(late_s, call_s):
        message = f"returns before it has finished: its result could be read {late_s * 1e6:.0f} µs later only"
        raise out(ready, worker, "finish", message)


def least_late_s(worker: Worker, call_s: float) -> float:
    """Return how late its results are, in seconds; looked at again where that looks wrong: finished ones never are.

    (numba_loop at (1, 12288) once looked 22 µs late in all of three trials, while another process had its core.)
    """
    late_s = worker.ask(Task.late)
    for _ in range(LATE_AGAIN):
        if not is_late(late_s, call_s):
            break
        late_s = min(late_s, worker.ask(Task.late))
    return late_s


def is_late(late_s: float, call_s: float) -> bool:
    """Return whether a result that can be read only so much later wasn't finished."""
    return late_s > max(LATE_S, LATE_SHARE * call_s)
