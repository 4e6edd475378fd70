"""Why another run finds other ratios: `python -m studies.intervals.drift` prints what processes and time contribute.

Several sets of processes, each with the same implementations, race together at each size, in every round all of them
in random order. The sizes are visited several times. Sets that differ at the same time differ by their processes. If
all sets together differ from visit to visit, the machine has changed. No single run can know how it will change next.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Annotated, NamedTuple, TypeAlias

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from gradrace.bench import problems
from gradrace.bench.machine.available import cores
from gradrace.bench.race.entering import enter
from gradrace.bench.race.ready import ReadyCell, set_up
from gradrace.bench.results import Cell
from gradrace.bench.scratch import scratch
from gradrace.bench.workers.client import LEAST_PATIENCE_S, ProcessWorker, at_once, begin, ended
from gradrace.bench.workers.task import Task
from gradrace.impls.discovery import everyone
from studies.intervals.study import size_of

NAMES = "numpy_vectorized,numba_fused,numba_loop,numpy_blocked"
SIZES = "1000x10,1000x100,10000x100,100000x10,209x12288"
LogRatios: TypeAlias = NDArray[np.float64]
"""Medians of log(time of the first implementation / time of another), of shape (sets, visits)."""


class Components(NamedTuple):
    """Standard deviations of log-ratios: between processes, between visits of the same processes, and the rest."""

    processes: float
    time: float
    rest: float


def components(found: LogRatios) -> Components:
    """Return the components of a two-way layout without replication, from its mean squares (Scheffé 1959, ch. 7)."""
    sets, visits = found.shape
    by_set, by_visit = found.mean(axis=1), found.mean(axis=0)
    rest = found - by_set[:, None] - by_visit + found.mean()
    error = float((rest**2).sum()) / ((sets - 1) * (visits - 1))
    between = [
        max(0.0, float(means.var(ddof=1)) - error / count) for means, count in ((by_set, visits), (by_visit, sets))
    ]
    return Components(*map(math.sqrt, (*between, error)))


class Place(NamedTuple):
    """A set's worker at a size, with the number of calls in a sample."""

    worker: ProcessWorker
    calls: int


def entered(ready: ReadyCell, workers: Sequence[ProcessWorker], known: Sequence[Place] | None) -> list[Place]:
    """Prepare the size's problem in each worker, and return the places: those of the visit before if there was one."""
    if known is None:
        return [Place(worker, enter(ready, worker, lambda: math.inf).calls) for worker in workers]
    for worker in workers:
        worker.ask(Task.prepare, str(ready.whole()))
        worker.ask(Task.compute)
    return [*known]


def visit(places: Sequence[Place], rounds: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the seconds of a call, of shape (rounds, places). Each round has its own order."""
    seconds = np.empty((rounds, len(places)))
    for row in seconds:
        for place in rng.permutation(len(places)):
            row[place] = places[place].worker.ask(Task.sample, places[place].calls).call_s
    return seconds


def measured(
    names: Sequence[str], cells: Sequence[Cell], sets: int, visits: int, rounds: int
) -> dict[tuple[Cell, str], LogRatios]:
    """Measure with new processes, and return the log-ratios of each size and implementation but the first."""
    rng = np.random.default_rng()
    found = {(cell, name): np.empty((sets, visits)) for cell in cells for name in names[1:]}
    known: dict[Cell, list[Place]] = {}
    with ExitStack() as stack:
        sources = [everyone()[name] for _ in range(sets) for name in names]
        workers = stack.enter_context(ended([ProcessWorker(source, cores(), LEAST_PATIENCE_S) for source in sources]))
        at_once(begin, workers)
        for number in range(visits):
            for cell in cells:
                with scratch() as folder:
                    ready = ReadyCell(cell, folder, set_up(cell, problems.from_seed(0), folder), rng)
                    known[cell] = entered(ready, workers, known.get(cell))
                    logs = np.log(visit(known[cell], rounds, rng)).reshape(rounds, sets, len(names))
                for place, name in enumerate(names[1:], start=1):
                    found[cell, name][:, number] = np.median(logs[:, :, 0] - logs[:, :, place], axis=0)
    return found


def main(
    impl: Annotated[str, typer.Option(help="Implementations; ratios are those of the first to the others.")] = NAMES,
    sizes: Annotated[str, typer.Option(help="m × n_x, separated by commas.")] = SIZES,
    sets: Annotated[int, typer.Option(min=2, help="Sets of processes.")] = 4,
    visits: Annotated[int, typer.Option(min=2, help="Visits of each size.")] = 6,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of a visit.")] = 16,
) -> None:
    """Measure, and print a row for each size and implementation."""
    names, cells = impl.split(","), [size_of(size) for size in sizes.split(",")]
    shown = Table()
    for head in ("size", "ratio to", "between processes", "over time", "rest"):
        shown.add_column(head, justify="left" if head == "ratio to" else "right")
    for (cell, name), found in measured(names, cells, sets, visits, rounds).items():
        shown.add_row(f"{cell.m} × {cell.n_x}", name, *(f"{100 * part:.1f} %" for part in components(found)))
    Console().print(shown)


if __name__ == "__main__":
    typer.run(main)
