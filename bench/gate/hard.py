"""Verification of NEW on all hard problems, within a share of the budget, while OLD compiles."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Event, Semaphore
from time import monotonic
from typing import NamedTuple

from msgspec.structs import replace

from gradrace.bench import verify as verification
from gradrace.bench.gate.code.sides import Side
from gradrace.bench.gate.findings import ALL_HARD, Finding
from gradrace.bench.race import plan
from gradrace.bench.results import BUDGET_OVER, STARVED, Cell, Outcome
from gradrace.bench.subjects.rows import Row
from gradrace.bench.subjects.subject import Subject
from gradrace.bench.timing import NEVER, Deadline
from gradrace.bench.verification.hard_problems import Exercise
from gradrace.bench.verification.judge import RAISES
from gradrace.bench.verification.scenes.table import SCENES
from gradrace.bench.workers.client import ProcessWorker, at_once, ended
from gradrace.bench.workers.process import NO_ANSWER, WorkerFailed
from gradrace.bench.workers.task import Task
from gradrace.impls.discovery import Source, kept_folder_of

SHARE = 0.45
"""Share of the budget for the hard problems. Compiling numba_fused and verifying it takes 20 to 40 s."""

LEAST_PATIENCE_S = 5.0
"""Least timeout of an answer in seconds. A call on a hard problem takes 0.75 s at most, as predicted."""


WELL_WITHIN = 0.5
"""Share of the timeout within which OLD has to do the same, for a timeout of NEW to count.

OLD compiles anew, as NEW may have been ended while it compiled. At a load of 8, numba_pixels twice took longer than the
timeout of a small budget, and the same code as OLD, compiled before, didn't.
"""


class Tried(NamedTuple):
    """Result of one try on a hard problem: the fault, None without one, and the seconds that it took.

    If a timeout was reached because other processes used all cores, only the seconds with a core count.
    """

    fault: str | None
    seconds: float


class Hard(NamedTuple):
    """Results on the hard problems.

    Attributes:
        faults: The first problem that each implementation is wrong on, or fails on.
        unfinished: Undecided, for each other implementation whose problems weren't all verified within the budget.
        done: Number of problems that were verified for each of those.
    """

    faults: Sequence[Finding] = ()
    unfinished: Sequence[Finding] = ()
    done: int = 0


def verify(
    new: Side,
    sources: Sequence[Source],
    old: Sequence[ProcessWorker],
    cells: Sequence[Cell],
    seed: int,
    until: Deadline,
    tell: Callable[[str], None],
    first: int = 0,
    end: Deadline = NEVER,
) -> Hard:
    """Verify implementations of NEW on pixels, odd sizes and extreme values, until the deadline.

    Implementations that can't be loaded are left to the gate. If one raises, crashes or doesn't answer, both sides try
    that problem again, and then all. NEW is to blame if it fails again and OLD doesn't. A timeout of NEW counts only if
    OLD answers well within it. A timeout of OLD doesn't excuse a crash of NEW, as OLD may be compiling.

    Args:
        new: The side NEW.
        sources: Its implementations to verify.
        old: Workers of OLD, not yet started, which compile meanwhile. Then NEW compiles for the cells, too.
        cells: Cells of the check: their precisions and threads.
        seed: Seed of the problems.
        until: Deadline.
        tell: Callback for progress.
        first: Number of problems that have been verified before.
        end: End of the budget. A process that still works then is ended, which doesn't count as its fault.
    """
    if not sources:
        return Hard()
    threads, todo = cells[0].threads, verification.exercises((), sorted({cell.dtype for cell in cells}), seed)
    count, todo = len(todo), todo[first:]
    done = Counter({source.name: first for source in sources})
    begun_s = until.left_s()
    tries = 2 if first else 1  # the second time is within the deadline, if nothing else follows
    patience_s = min(verification.PATIENCE_S, max(LEAST_PATIENCE_S, until.left_s() / tries))
    worker = partial(ProcessWorker, threads=threads, until=end)
    rows = verification.verify(
        sources, todo, threads, lambda what: tell(f"verifying: {what}"), new.home, patience_s, end
    )
    ahead = [] if first else [worker(one, patience_s=patience_s, home=new.home) for one in _keeping(sources, new)]
    with _compiling([*old, *ahead], todo, cells, until), closing(rows):
        found, unclear, lacking = _gone_through(rows, done, until, threads)
        used_s = begun_s - until.left_s()
    share_s = max(LEAST_PATIENCE_S, patience_s / max(1, len(unclear)))  # the second time takes no longer than the first
    for name, row in unclear.items():
        tell(f"verifying: {row.problem}, once more")
        alone = [one for one in todo if (one.name, one.dtype) == (row.problem, row.dtype)]
        for problems in (alone, todo):  # it may fail only after many calls, or other problems
            sides = _both_afresh(name, new, sources, old, partial(worker, patience_s=share_s))
            again = at_once(partial(_tried, problems), sides)
            if again[0].fault is not None:
                break
        found[name] = _blamed(row, again, share_s, threads)
    left = {name: number for name, number in done.items() if number < count and name not in found}
    pace_s = used_s / max(1, *(number - first for number in done.values()))
    unfinished = [
        _lacking(lacking[name], threads) if name in lacking else _unfinished(name, number, count, pace_s, cells[0])
        for name, number in left.items()
    ]
    return Hard([*found.values()], unfinished, min(left.values(), default=count))


def _gone_through(
    rows: Iterable[Row], done: Counter[str], until: Deadline, threads: int
) -> tuple[dict[str, Finding], dict[str, Row], dict[str, Row]]:
    """Go through the rows until the deadline, and count the problems of each implementation in `done`.

    Return the findings for those that are wrong, with the mistake where a problem shows it; the first failure of each
    other one that failed; and the first problem on which each one lacked a package.
    """
    found: dict[str, Finding] = {}
    failed: dict[str, Row] = {}
    lacking: dict[str, Row] = {}
    mistakes: dict[str, str] = {}
    for row in rows:
        if row.failed and BUDGET_OVER in row.findings[0]:
            break
        if row.failed:
            failed.setdefault(row.impl, row)
        elif row.m and row.lacks:
            lacking.setdefault(row.impl, row)
        elif row.m:
            done[row.impl] += 1
            if row.findings:
                found.setdefault(row.impl, _finding(row, "wrong", row.findings[0], threads))
            if row.begins:
                mistakes.setdefault(row.impl, row.begins)
        if until.left_s() <= 0:
            break
    told = {
        name: replace(one, reason=f"{one.reason}; {mistakes[name]}") for name, one in found.items() if name in mistakes
    }
    return found | told, {name: row for name, row in failed.items() if name not in found}, lacking


def _both_afresh(
    name: str,
    new: Side,
    sources: Sequence[Source],
    old: Sequence[ProcessWorker],
    worker: Callable[..., ProcessWorker],
) -> list[ProcessWorker]:
    """Return a worker of NEW, and one of OLD if it has the implementation, which compiles anew; neither is started."""
    of_new = [worker(one, home=new.home) for one in sources if one.name == name]
    return of_new + [worker(one.source, home=one.home, anew=True) for one in old if one.name == name]


def _unfinished(name: str, done: int, count: int, pace_s: float, cell: Cell) -> Finding:
    """Return the finding for an implementation that may be wrong on the other problems. pace_s: seconds of one."""
    reason = f"{done} of {count} hard problems were verified within the budget"
    more_s = pace_s * (count - done)
    return Finding(impl=name, cell=cell, outcome="can't tell", problem=ALL_HARD, reason=reason, more_s=more_s)


def _lacking(row: Row, threads: int) -> Finding:
    """Return the finding for an implementation that lacks a package on a hard problem."""
    return _finding(row, "unavailable", f"{row.lacks}; install it, or the dependencies of its project", threads)


def _blamed(row: Row, again: Sequence[Tried], patience_s: float, threads: int) -> Finding:
    """Return the finding for a NEW that failed. again: second tries of NEW, and of OLD if it has the implementation."""
    new, *others = again
    told = row.findings[0].replace(f": {STARVED}", "")
    if excuse := _excuse(new, others[0] if others else None, patience_s):
        return _finding(row, "skipped", f"{told}, {excuse}", threads)
    return _finding(row, "failed", told, threads)


def _excuse(new: Tried, old: Tried | None, patience_s: float) -> str:
    """Return why a fault doesn't count; empty if it does."""
    if new.fault is None:
        return "once, and not again"
    hung, of_old = NO_ANSWER in new.fault, (old and old.fault) or ""
    if BUDGET_OVER in new.fault or (hung and BUDGET_OVER in of_old):
        return "and the budget was over before both sides had been tried again"
    if of_old and (hung or not (NO_ANSWER in of_old or BUDGET_OVER in of_old)):
        return "as OLD does; mend that first"
    if not hung:
        return ""
    if STARVED in new.fault and (old is None or old.seconds > WELL_WITHIN * new.seconds):
        return f"and {STARVED}"
    if old is None:
        return "and OLD has none to compare with: the machine may be to blame"
    if old.seconds > WELL_WITHIN * patience_s:
        return f"and OLD took {plan.about(old.seconds)}: the machine is to blame"
    return ""


def _finding(row: Row, outcome: Outcome, reason: str, threads: int) -> Finding:
    cell, reason = Cell(row.m, row.n_x, row.dtype, threads), f"on the hard problem {row.problem!r}: {reason}"
    return Finding(impl=row.impl, cell=cell, outcome=outcome, reason=reason, problem=row.problem)


def _tried(problems: Sequence[Exercise], worker: ProcessWorker) -> Tried:
    """Try an implementation on hard problems, or in scenes, in a fresh process, until it fails or raises."""
    begun_s, fault = monotonic(), None
    with ended([worker]):
        try:
            worker.start()
            for one in problems:
                seen = (
                    worker.ask(Task.play, one.name, one.dtype) if one.name in SCENES else worker.ask(Task.observe, one)
                )
                fault = next((line for line in seen.harm if line.startswith(RAISES)), None)
                if fault is not None:
                    break
        except WorkerFailed as error:
            fault = str(error)
    return Tried(fault, worker.ran_s if STARVED in (fault or "") else monotonic() - begun_s)


@contextmanager
def _compiling(
    workers: Sequence[ProcessWorker], todo: Sequence[Exercise], cells: Sequence[Cell], until: Deadline
) -> Iterator[None]:
    """Let the workers compile until the deadline, while the caller does other work; then end them.

    One worker compiles at a time until the caller has finished, then two.

    They compile on the hard problems of both layouts, and on problems of the cells' sizes, which may need kernels with
    several threads, and other ones for descents: 6 and 12 s of a processor for numba_fused, for which its pairs had to
    wait. If an earlier check has done so and the kernels are kept, nothing is left to do.
    """
    over, queue = Event(), iter(workers)
    warm_ups = [exercise for exercise in todo if exercise.name in verification.COMPILING]
    sizes = verification.exercises([*_pilots(cells), *cells], (), 0, quick=True)

    def compile_all() -> None:
        for worker in queue:
            if over.is_set() or until.left_s() <= 0:
                return
            if (done := _done(worker, [*warm_ups, *sizes])) is not None and _is_valid(done):
                continue
            subject = Subject(worker, Semaphore())
            subject.start(warm_ups)
            for exercise in sizes:
                if subject.absent is None and not over.is_set():
                    subject.compile(exercise)
            worker.end()
            if subject.absent is None and not over.is_set() and (done := _done(worker, [*warm_ups, *sizes])):
                with suppress(OSError):
                    done.write_text("\n".join(str(kernel.relative_to(done.parent)) for kernel in _kernels(done.parent)))

    with ended(workers):
        pool = ThreadPoolExecutor(2)
        compiling = pool.submit(compile_all)
        try:
            yield
            for finished in wait([compiling, pool.submit(compile_all)], max(0.0, until.left_s())).done:
                finished.result()
        finally:
            over.set()
            pool.shutdown(wait=False, cancel_futures=True)


def _done(worker: ProcessWorker, problems: Sequence[Exercise]) -> Path | None:
    """Return the file beside an implementation's kept kernels that lists them, once they exist for these problems.

    Numba compiles for one kind of processor, and a home may be shared by machines. The result is None if kernels aren't
    kept, or for another interpreter.
    """
    package = worker.home.folder / "gradrace"
    if worker.home.python != sys.executable or worker.source.is_foreign(package):
        return None
    folder = kept_folder_of(package / "impls")
    if folder is None:
        return None
    from llvmlite.binding import get_host_cpu_features, get_host_cpu_name  # what compiled the kernels has it

    processor = get_host_cpu_name(), get_host_cpu_features().flatten()
    words = repr((worker.name, worker.threads, processor, [str(one) for one in problems]))
    return folder / f"{hashlib.sha256(words.encode()).hexdigest()[:32]}.compiled"


def _is_valid(done: Path) -> bool:
    """Return whether the file and all kernels that it names exist: a removal may have been cut short."""
    with suppress(OSError):
        return all((done.parent / name).exists() for name in done.read_text().splitlines())
    return False


def _kernels(folder: Path) -> list[Path]:
    """Return the files of Numba's kernels in a folder."""
    return sorted(folder.rglob("*.nb[ic]"))


def _keeping(sources: Sequence[Source], side: Side) -> list[Source]:
    """Return the implementations whose compiled code another process can use, in reverse order of verification."""
    package = side.home.folder / "gradrace"
    return [one for one in reversed(sources) if "numba" in one.libraries() and not one.is_foreign(package)]


def _pilots(cells: Sequence[Cell]) -> Iterator[Cell]:
    """Yield the small cells from which the seconds in larger ones are predicted, in the cells' precisions."""
    for dtype in sorted({cell.dtype for cell in cells}):
        yield from (Cell(*size, dtype) for size in plan.PILOTS)
