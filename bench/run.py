"""A complete run: start the workers, race, and keep every finished cell on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, perf_counter_ns
from typing import TypeAlias

from gradrace.bench import results_file
from gradrace.bench.lock import InUse, locked
from gradrace.bench.machine import environment
from gradrace.bench.plausible import plausible
from gradrace.bench.problems import Make, from_seed
from gradrace.bench.race import plan
from gradrace.bench.race.plan import SET_UP
from gradrace.bench.race.race import Costs, Race, Tell
from gradrace.bench.race.ready import set_up
from gradrace.bench.race.resume import missing, resumed
from gradrace.bench.race.schedule import PRECISION
from gradrace.bench.race.sizes import Stage, cells, typical_first
from gradrace.bench.results import FLOOR, FLOOR_CUDA, FLOORS, Absence, Cell, Results, UnusableInput, shown
from gradrace.bench.results_file import RESULTS
from gradrace.bench.scratch import scratch, sweep
from gradrace.bench.timing import Deadline
from gradrace.bench.workers.client import LEAST_PATIENCE_S, ProcessWorker, absence, at_once, begin, ended
from gradrace.bench.workers.process import WorkerFailed, WorkerUnavailable
from gradrace.bench.workers.task import Task
from gradrace.impls.discovery import Source
from gradrace.impls.interface import CPU, CUDA

FLOOR_SOURCES = {
    CPU: Source(FLOOR, Path(__file__).with_name("race") / "floor.py"),
    CUDA: Source(FLOOR_CUDA, Path(__file__).with_name("race") / "floor_cuda.py", CUDA),
}
"""Sources of the limits. Each device's limit takes part in its races like an implementation, so that shares of it are
computed within rounds.
"""

STARTING_SHARE = 0.4
"""Share of the budget after which no optional implementation is started."""

LEAST_SHARE = 0.7
"""Share of the budget that is left for the race, even if starting included compilation."""

COMPILES, COMPILES_S = 2.0, 0.002
"""Ratio and extra seconds of the first call on the last pilot, compared with a later one. An implementation that
exceeds both compiles for each size.
"""

QUICK_LIBRARIES = {"numpy", "numba", "llvmlite", "threadpoolctl"}
"""Libraries that take less than a second to import. Implementations with others start first, so that no core waits for
a long start at the end.
"""

PILOT_CALLS, PILOT_S = 3, 0.1
"""Number of calls of which the fastest predicts, and seconds after which no further one is made. Other workers start
meanwhile, and a single short call took 60 times too long.
"""


Pilots: TypeAlias = Callable[[], dict[Cell, Path]]
"""Function that returns the folder of each pilot cell's saved case."""


@dataclass(frozen=True, slots=True)
class Request:
    """Request for a run.

    budget_s: wall-clock seconds from `begun_ns` of time.perf_counter_ns on; `report_s` of them are kept for a report.
    stage: function that returns a cell's priority if the budget doesn't suffice for all.
    data: the name of real data and the function that makes their cases, instead of made-up ones.
    warnings: disturbances of this machine, in words, for the record.
    precision: half-width of the ratios' intervals, as a share of the ratios, at which a cell is finished.
    optional: names of implementations that are skipped before others, as no option names them.
    """

    sources: Sequence[Source]
    cells: Sequence[Cell]
    budget_s: float
    seed: int
    threads: int
    stage: Stage = typical_first
    data: tuple[str, Make] | None = None
    warnings: Sequence[str] = ()
    precision: float = PRECISION
    begun_ns: int = field(default_factory=perf_counter_ns)
    report_s: float = 0.0
    optional: Collection[str] = ()

    def deadline(self) -> Deadline:
        """Return the deadline of the run, including the report."""
        return Deadline(perf_counter_ns, self.begun_ns + self.budget_s * 1e9)

    def budget(self) -> Deadline:
        """Return the deadline of the race."""
        return self.deadline().sooner(self.report_s)

    def rest(self) -> Deadline:
        """Return the deadline of a race that begins now: at least LEAST_SHARE of the budget from now on."""
        end = self.budget()
        return Deadline(end.clock, max(end.end_ns, end.clock() + LEAST_SHARE * self.budget_s * 1e9))


def run(
    request: Request, folder: Path, tell: Tell, *, resume: bool = False, meanwhile: Callable[[], object] = lambda: None
) -> Results:
    """Race, and keep folder/results.json up to date: finished cells are on disk even after a crash.

    The file holds all measurements. The returned results omit those below the limit.
    resume: continue the existing file with the missing cells. Otherwise an existing file is kept under the name of its
    date.
    meanwhile: function that is called in the background while workers start; the race begins when it has returned.
    Raises UnusableInput if the folder can't be written or another run writes there. It also does if the file to resume
    was measured on another machine or with other options.
    """
    sweep()
    with claimed(folder):
        file, so_far = folder / RESULTS, nothing_yet(request)
        if file.exists() and resume:
            so_far = resumed(file, so_far)
        elif file.exists():
            put_aside(file)
        if not (cells := missing(request.cells, so_far)):
            return plausible(so_far)
        with started(replace(request, cells=cells), tell, meanwhile) as (workers, unavailable, costs):
            so_far.absences.extend(absence for absence in unavailable if absence not in so_far.absences)
            if all(worker.name in FLOORS for worker in workers):
                return so_far
            make = request.data[1] if request.data else None
            budget, optional = request.rest(), request.optional
            race = Race(workers, request.seed, budget, tell, costs, request.stage, make, request.precision, optional)
            so_far.seconds["starting"] = (perf_counter_ns() - request.begun_ns) * 1e-9
            for outcome in race.run(cells):
                so_far.measurements.extend(outcome.measurements)
                so_far.absences.extend(outcome.absences)
                so_far.noise.extend([outcome.noise] if outcome.noise else [])
                so_far.seconds["timed"] = so_far.seconds.get("timed", 0.0) + outcome.timed_s
                so_far.seconds["all"] = (perf_counter_ns() - request.begun_ns) * 1e-9
                results_file.write(file, so_far)
    return plausible(so_far)


def nothing_yet(request: Request) -> Results:
    """Return empty results for a run that begins now on this machine."""
    machine = environment.machine_info()
    machine["gradrace"]["warnings"] = [*request.warnings]
    return Results(
        measurements=[],
        absences=[],
        machine=machine,
        commit=environment.commit_info(),
        datetime=datetime.now(UTC).isoformat(timespec="seconds"),
        options={
            "budget_s": request.budget_s,
            "precision": request.precision,
            "seed": request.seed,
            "threads": request.threads,
            "implementations": [source.name for source in request.sources],
            "files": digest(request.sources),
        }
        | ({"data": request.data[0]} if request.data else {}),
        noise=[],
    )


def digest(sources: Sequence[Source]) -> str:
    """Return a hash of the implementations' files and of their imports; --resume requires the same hash."""
    return hashlib.sha256(b"\0".join(source.contents() for source in sources)).hexdigest()[:16]


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Make the folder if needed, and lock it for this run. Raises UnusableInput if that fails."""
    results_file.make_folder(folder)
    try:
        with locked(folder):
            yield
    except InUse as error:
        raise UnusableInput(
            f"{folder}: another gradrace is writing there; let it finish, or name another folder with --out"
        ) from error


def put_aside(file: Path) -> None:
    """Keep earlier results under the name of their date."""
    date = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    file.rename(file.with_name(f"{file.stem}-{date:%Y%m%dT%H%M%SZ}.json"))


@contextmanager
def started(
    request: Request, tell: Tell, meanwhile: Callable[[], object]
) -> Iterator[tuple[list[ProcessWorker], list[Absence], Costs]]:
    """Yield the started and piloted processes, the absences of the others, and the costs predicted from the pilots.

    As many start at once as there are cores: only starting and the pilots are timed so far, and both are rough.
    In the background the pilots are made, and then `meanwhile` is called.
    Optional ones start last, the slowest of them first, and none after STARTING_SHARE of the budget. The processes are
    ended in any case.
    """
    patience_s = max(LEAST_PATIENCE_S, request.budget_s / 2)
    ordered = starting_order(request.sources, request.optional)
    others = [ProcessWorker(source, request.threads, patience_s) for source in ordered]
    devices = dict.fromkeys([CPU, *(source.device for source in request.sources)])
    costs = Costs()
    with ended([*(the_limit(request.threads, patience_s, device) for device in devices), *others]) as workers:
        with scratch() as here, ThreadPoolExecutor(1) as background:
            pilots = background.submit(save_pilots, request, costs, here).result
            other = background.submit(meanwhile)
            until_s = request.budget_s * (1 - STARTING_SHARE)
            budget = request.budget()

            def starts(worker: ProcessWorker) -> Absence | None:
                if package := worker.source.missing():
                    return Absence(impl=worker.name, outcome="unavailable", stage="import", message=package)
                if budget.left_s() < until_s and worker.name in request.optional:
                    return too_late(worker, request.budget_s)
                tell(None, f"starting {shown(worker.name)}")
                return start_and_pilot(worker, pilots, costs)

            reasons = at_once(starts, workers)
            other.result()
        present = [worker for worker, reason in zip(workers, reasons, strict=True) if reason is None]
        yield present, [reason for reason in reasons if reason is not None], costs


def starting_order(sources: Iterable[Source], optional: Collection[str]) -> list[Source]:
    """Return the sources with the optional ones last, and those first that import large libraries."""
    return sorted(sources, key=lambda one: (one.name in optional, one.libraries() <= QUICK_LIBRARIES))


def the_limit(threads: int, patience_s: float, device: str = CPU) -> ProcessWorker:
    """Return the worker of a device's limit, whose threads are bound to cores.

    The implementations' threads aren't bound: a thread pool that one starts later would inherit a single core.
    """
    return ProcessWorker(FLOOR_SOURCES[device], threads, patience_s, bound=True)


def save_pilots(request: Request, costs: Costs, folder: Path) -> dict[Cell, Path]:
    """Save a case for each pilot cell, `PILOTS` in each dtype of the request; return their folders."""
    dtypes = {cell.dtype for cell in request.cells}
    pilots = cells(plan.PILOTS, sorted(dtypes), request.threads, pixels=request.cells[0].pixels)
    folders = {cell: folder / str(number) for number, cell in enumerate(pilots)}
    for cell, own in folders.items():
        own.mkdir()
        start_s = perf_counter()
        set_up(cell, from_seed(request.seed), own)
        costs.set_up.note(SET_UP, cell, perf_counter() - start_s)
    return folders


def too_late(worker: ProcessWorker, budget_s: float) -> Absence:
    """Return the absence of an implementation that wasn't started because others used up the time for starting."""
    message = (
        f"not started: the other implementations took {STARTING_SHARE * budget_s:.0f} s of the budget to start; "
        "raise --budget, or name fewer with --impl"
    )
    return Absence(impl=worker.name, outcome="skipped", stage="start", message=message)


def start_and_pilot(worker: ProcessWorker, pilots: Pilots, costs: Costs) -> Absence | None:
    """Start a process and let it compute the pilots, which includes compilation, so that no cell pays for it.

    The costs of the calls are recorded, and the minimum of entering, whose growth shows in larger cells only. (The time
    of XLA to compile single pilots once predicted 330 s for m = 1,000,000, where it takes 3.)
    Return the absence if the implementation can't be loaded or needs a package that is missing; the cells report other
    failures.
    """
    start_s = perf_counter()
    if (unstarted := begin(worker)) is not None:
        return unstarted
    enters_s: dict[Cell, float] = {}
    begun_s = perf_counter()
    folders = pilots()
    start_s += perf_counter() - begun_s  # waiting for the pilots is no part of the start
    try:
        for cell, folder in folders.items():
            enter_s = perf_counter()
            worker.ask(Task.prepare, str(folder))
            first_s = worker.ask(Task.compute).call_s
            worker.startup_s = worker.startup_s or perf_counter() - start_s
            calls_s = [worker.ask(Task.compute).call_s]
            while len(calls_s) < PILOT_CALLS and sum(calls_s) < PILOT_S:
                calls_s.append(worker.ask(Task.compute).call_s)
            call_s = min(calls_s)
            enters_s[cell] = perf_counter() - enter_s
            costs.call.note(worker.name, cell, call_s)
        if first_s > COMPILES * call_s + COMPILES_S:
            costs.compiles.setdefault(worker.name, 0.0)
    except WorkerFailed as failure:
        if isinstance(failure, WorkerUnavailable):
            return absence(worker, failure, "first call")
    for cell in enters_s:
        costs.enter.note(worker.name, cell, min(enters_s.values()))
    return None
