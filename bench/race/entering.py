"""How an implementation enters a cell's race: it prepares the case, is verified, and its sample is calibrated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from gradrace.bench import problems
from gradrace.bench.machine.available import cores
from gradrace.bench.race.candidate import Candidate
from gradrace.bench.race.checks import Out, stage, verify_descent, verify_two
from gradrace.bench.race.ready import ReadyCell
from gradrace.bench.results import DESCENT_STEPS, FLOOR, FLOORS, Absence, Cell
from gradrace.bench.workers.client import Worker, at_once
from gradrace.bench.workers.process import WorkerFailed
from gradrace.bench.workers.task import Task

DESCENT_S = 0.06
"""Longest descent in seconds that is timed. In shorter ones the cost of a call, which a descent saves, is visible."""

ENTER_CALLS = 3
"""Calls before the rounds if each takes longer than a sample: the first, one at another point, the calibration."""

TRIAL_STEPS = 20
"""Steps of the descent from which the duration of longer ones is estimated."""

SINGLE_S = 0.05
"""Predicted seconds of a call from which on each call is a sample. Its gradient is verified, so no call is made only to
verify: such calls took 3 s of a default run.
"""

SLOW_S = 0.25
"""Seconds of a call from which on few samples are taken."""

SAMPLE_S, SHORT_SAMPLE_S, SHORT_BYTES = 0.005, 0.002, 1 << 20
"""Minimum seconds of a sample. A switch between processes and its cold caches may cost 50 µs: 1 % of SAMPLE_S. X of at
most SHORT_BYTES is soon in the cache again, so its samples may be shorter (`studies/sample_length.py`).
"""


PREPARING = 2
"""Number of implementations that prepare at a time. One after the other, they took 6 s of a default run of 60 s. With
more at a time, each would wait for memory.
"""


class Prepared(NamedTuple):
    """Seconds of `prepare`, and of loading and preparing together."""

    prepare_s: float
    enter_s: float


def prepare(ready: ReadyCell, worker: Worker, left_s: Callable[[], float]) -> Prepared:
    """Let the worker load the case and prepare it. Raises Out if that fails.

    It is tried once more if another implementation has removed the saved case meanwhile.
    """
    begun_s = left_s()
    if worker.name == FLOOR:
        worker.bind(bound=True)
    with stage(ready, worker, "prepare"):
        try:
            prepare_s = worker.ask(Task.prepare, str(ready.whole()))
        except WorkerFailed:
            if problems.is_saved(ready.folder):
                raise
            prepare_s = worker.ask(Task.prepare, str(ready.whole()))
    return Prepared(prepare_s, begun_s - left_s())


def prepare_all(
    ready: ReadyCell, workers: Sequence[Worker], left_s: Callable[[], float]
) -> list[Prepared | Absence | None]:
    """Let the workers prepare, PREPARING at a time; return what `prepare` returns, or the absence.

    The result is None for a limit: it chooses the fastest way to read X when it prepares, so it does that alone, later.
    """
    at_a_time = min(PREPARING, cores(), len(workers))

    def prepared(worker: Worker) -> Prepared | Absence | None:
        if worker.name in FLOORS:
            return None
        try:
            prepare_s, enter_s = prepare(ready, worker, left_s)
        except Out as reason:
            return reason.absence
        return Prepared(prepare_s, enter_s / at_a_time)

    return at_once(prepared, workers, at_a_time)


def enter(
    ready: ReadyCell,
    worker: Worker,
    left_s: Callable[[], float],
    predicted_s: float = 0.0,
    prepared: Prepared | None = None,
    *,
    descents: bool = True,
) -> Candidate:
    """Prepare, call once, verify and calibrate. Raises Out if one of them fails or the gradient is wrong.

    predicted_s: predicted seconds of one call. From SINGLE_S on, the implementation isn't called before the rounds.
    prepared: what `prepare` returned, if it was called before.
    descents: whether its descents may be timed, and are verified before.
    """
    prepare_s, prepared_s = prepared or prepare(ready, worker, left_s)
    if predicted_s >= SINGLE_S:
        return uncalled(worker, prepare_s, prepared_s, predicted_s)
    begun_s, is_limit = left_s(), worker.name in FLOORS
    with stage(ready, worker, "first call"):
        first = worker.ask(Task.compute)
    error_over_bound = None if is_limit else verify_two(ready, worker, first)
    with stage(ready, worker, "calibrate"):
        calibrated = worker.ask(Task.calibrate, sample_s(ready.cell))
    descends = descents and not is_limit and descends_in_time(ready, worker, calibrated.call_s)
    is_slow = not is_limit and calibrated.call_s >= SLOW_S
    return Candidate(
        worker=worker,
        prepare_s=prepare_s,
        first_call_s=first.call_s,
        call_s=calibrated.call_s,
        calls=calibrated.calls,
        descends=descends,
        enter_s=prepared_s + begun_s - left_s(),
        threads=calibrated.threads,
        error_over_bound=error_over_bound,
        is_single=is_slow,
        is_slow=is_slow,
    )


def uncalled(worker: Worker, prepare_s: float, enter_s: float, predicted_s: float) -> Candidate:
    """Return the candidate of an implementation whose calls are samples, so that none is made before the rounds."""
    return Candidate(
        worker=worker,
        prepare_s=prepare_s,
        first_call_s=None,
        call_s=predicted_s,
        calls=1,
        descends=False,
        enter_s=enter_s,
        threads=1.0,
        error_over_bound=None,
        is_single=True,
        is_slow=predicted_s >= SLOW_S,
    )


def descends_in_time(ready: ReadyCell, worker: Worker, call_s: float) -> bool:
    """Return whether a descent takes at most DESCENT_S, by the seconds of a call and then by those of a short descent.

    Raises Out if one of its first steps is wrong or fails.
    """
    if call_s * DESCENT_STEPS > DESCENT_S:
        return False
    verify_descent(ready, worker)
    with stage(ready, worker, "descent"):
        trial = worker.ask(Task.descend, ready.descent.alpha, TRIAL_STEPS, True)
    return trial.step_s * DESCENT_STEPS <= DESCENT_S


def sample_s(cell: Cell) -> float:
    """Return the minimum seconds of a sample in a cell."""
    return SHORT_SAMPLE_S if cell.X_bytes <= SHORT_BYTES else SAMPLE_S
