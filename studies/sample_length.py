"""Benefit and cost of short samples: `python -m studies.sample_length` prints a table for each size.

Implementations take samples in turn, of each length in every round. Bias is the median time of a call divided by that
in samples of 20 ms. Half-width is that of the 95 % interval of the ratio to the first implementation, times the square
root of the rounds' seconds. It thus compares lengths at equal time.
"""

from __future__ import annotations

import math
import tempfile
import time
from pathlib import Path
from statistics import mean, median
from typing import Annotated, TypeAlias

import typer
from rich.console import Console
from rich.table import Table

from gradrace.bench import problems
from gradrace.bench.machine.available import cores
from gradrace.bench.results import Cell
from gradrace.bench.stats import paired_ratio, relative
from gradrace.bench.workers.client import LEAST_PATIENCE_S, ProcessWorker, ended
from gradrace.bench.workers.task import Task
from gradrace.impls.discovery import everyone

NAMES = "numpy_vectorized,numba_loop,numba_fused,sklearn_loss,numpy_blocked"
LENGTHS_S = (0.001, 0.002, 0.005, 0.02)
Times: TypeAlias = dict[float, list[list[float]]]
"""Times by length: {length: for each implementation, seconds of a call in each round}."""

SIZES = ((10, 100), (1000, 100), (10_000, 100), (1000, 1000))


def samples(workers: list[ProcessWorker], cell: Cell, rounds: int) -> tuple[Times, list[float]]:
    """Return the times of calls, and the seconds that all rounds took with each length."""
    found: Times = {length: [[] for _ in workers] for length in LENGTHS_S}
    took = dict.fromkeys(LENGTHS_S, 0.0)
    with tempfile.TemporaryDirectory() as folder:
        problems.save(problems.from_seed(0)(cell), Path(folder))
        for worker in workers:
            worker.ask(Task.prepare, folder)
            worker.ask(Task.compute)
        call_s = [worker.ask(Task.calibrate, LENGTHS_S[-1]).call_s for worker in workers]
        for _ in range(rounds):
            for length in LENGTHS_S:
                begun = time.perf_counter()
                for number, worker in enumerate(workers):
                    calls = max(1, round(length / call_s[number]))
                    found[length][number].append(worker.ask(Task.sample, calls).call_s)
                took[length] += time.perf_counter() - begun
    return found, [*took.values()]


def main(
    rounds: Annotated[int, typer.Option(help="Rounds at each size.")] = 40,
    impl: Annotated[str, typer.Option(help="Implementations.")] = NAMES,
) -> None:
    """Measure, and print a table for each size."""
    names = impl.split(",")
    with ended([ProcessWorker(everyone()[name], cores(), LEAST_PATIENCE_S) for name in names]) as workers:
        for worker in workers:
            worker.start()
        for m, n_x in SIZES:
            found, took = samples([*workers], Cell(m, n_x), rounds)
            Console().print(table(f"m = {m}, n_x = {n_x}", names, found, took))


def table(title: str, names: list[str], found: Times, took: list[float]) -> Table:
    """Return a table with a row for each length."""
    made = Table(title=title)
    for head in ("ms", *(f"bias {name}" for name in names), "half-width"):
        made.add_column(head, justify="right")
    longest = [median(times) for times in found[LENGTHS_S[-1]]]
    for (length, times), seconds in zip(found.items(), took, strict=True):
        first, *others = (dict(enumerate(own)) for own in times)
        widths = [relative(ratio) for other in others if (ratio := paired_ratio(first, other))]
        bias = [f"{median(own) / base:.2f}" for own, base in zip(times, longest, strict=True)]
        made.add_row(f"{length * 1e3:g}", *bias, f"{mean(widths) * math.sqrt(seconds):.3f}")
    return made


if __name__ == "__main__":
    typer.run(main)
