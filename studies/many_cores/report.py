"""Simulated share of the limit with 4 to 64 threads, and which part of the code limits it.

`python -m studies.many_cores.report` prints tables in Markdown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import typer

from gradrace.bench.text import duration
from gradrace.impls._simd.fused import threads_for
from studies.cluster.cluster_model import Task
from studies.many_cores.machines import MACHINES, SAPPHIRE_RAPIDS, Machine
from studies.many_cores.model import Way, gradient_s, limit_s

SIZES = ((10_000, 12_288), (1_000_000, 100), (100_000, 1000), (10_000, 1000), (209, 12_288))
CORES = (4, 16, 64)

SCALING = Path(__file__).parents[2] / "docs" / "scaling-16-cores.json"

MEASURED = (
    (1_000_000, 1000, 36.7e-3),
    (100_000, 12_288, 45.6e-3),
    (1000, 12_288, 550e-6),
    (100_000, 100, 321e-6),
    (209, 12_288, 207e-6),
    (10_000, 100, 82e-6),
    (1000, 1000, 76e-6),
)
"""(m, n_x, seconds) of `numba_fused` in float32 with 16 threads, one of which added all sums (docs/gpu.md)."""


def validation() -> Iterator[list[str]]:
    """Yield the rows of simulated and measured times: size, threads, both times, and their ratio."""
    rows = [
        (Task(m=one["m"], n_x=one["n_x"], itemsize=8), "float64", one["workers"], float(np.median(one["samples_s"])))
        for one in json.loads(SCALING.read_text())["measured"]
        if one["implementation"] == "numba_fused"
    ]
    rows += [(Task(m=m, n_x=n_x, itemsize=4), "float32", 16, seconds) for m, n_x, seconds in MEASURED]
    for task, dtype, threads, seconds in rows:
        simulated_s = gradient_s(SAPPHIRE_RAPIDS, 16, task, Way(threads=threads, adding="serial"))
        ratio = f"{simulated_s / seconds:.2f}"
        yield [f"{size(task)} {dtype}", str(threads), duration(simulated_s), duration(seconds), ratio]


def prediction(machine: Machine, cores: int) -> Iterator[list[str]]:
    """Yield a row for each size: threads, limit, share, and the share under other assumptions."""
    for m, n_x in SIZES:
        task = Task(m=m, n_x=n_x, itemsize=8)
        least_s, threads = limit_s(machine, cores, task), threads_for(n_x, m, 8, cores)
        best_s = min(gradient_s(machine, cores, task, Way(threads=count)) for count in range(1, cores + 1))
        ways = (Way(), Way(adding="tree"), Way(adding="free"), Way(even=True), Way(awake=True))
        times = [*(gradient_s(machine, cores, task, way) for way in ways), best_s]
        yield [size(task), f"{threads} of {cores}", duration(least_s), *(f"{least_s / one:.2f}" for one in times)]


def size(task: Task) -> str:
    """Return a size as text."""
    return f"({task.m:,}, {task.n_x:,})"


def table(heads: list[str], rows: Iterator[list[str]]) -> str:
    """Return a table in Markdown, its first column to the left."""
    lines = [heads, [":--", *["--:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Print all tables."""
    print(table(["16 cores", "threads", "simulated", "measured", "simulated / measured"], validation()))
    heads = ["", "threads", "limit", "share", "tree", "no adding", "even parts", "awake", "best number of threads"]
    for machine in MACHINES:
        rows = [row for cores in CORES if cores <= machine.cores for row in prediction(machine, cores)]
        print(f"\n{machine.name}\n\n{table(heads, iter(rows))}")


if __name__ == "__main__":
    typer.run(main)
