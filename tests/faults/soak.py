"""Races and reports, repeated in one process: no resource may grow, and the figures must stay the same.

`python -m tests.faults.soak --hours 1` prints what the first and the last tenth were like, and exits 1 if they differ.
"""

from __future__ import annotations

import gc
import math
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Annotated

import psutil
import typer

from gradrace.bench.race.sizes import cells
from gradrace.bench.results import Results
from gradrace.bench.run import Request, run
from gradrace.bench.stats import paired_ratio
from gradrace.impls.discovery import sources
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.report import write_report

RACED = ("numpy_vectorized", "numba_fused")
CELLS = cells([(100, 10), (1000, 100)], ["float64"], threads=1)
BUDGET_S = 4.0

GROWTH = 1.05
"""Factor by which memory may grow: allocators keep some; a leak of a page a race would be 3 MB an hour."""

AGREE = 1.1
"""Factor by which a ratio of times may change between the first tenth and the last."""


@dataclass(frozen=True)
class State:
    """Resources of this process after a race, and the measured ratio.

    ratio: numpy_vectorized over numba_fused; NaN if the budget was spent before, on a busy machine.
    """

    memory_mb: float
    handles: float
    threads: float
    children: float
    temporary_files: float
    ratio: float


def repeated(hours: float, scratch: Path) -> Iterator[State]:
    """Race and report until the time is over; yield the state after each."""
    chosen = [source for source in sources() if source.name in RACED]
    end_s, number = monotonic() + 3600 * hours, 0
    while monotonic() < end_s:
        with TemporaryDirectory(dir=scratch) as folder:
            results = run(Request(chosen, CELLS, BUDGET_S, number, threads=1), Path(folder), lambda *_: None)
            write_report(Analysis(results), Path(folder))
        number += 1
        yield state(results, scratch)


def state(results: Results, scratch: Path) -> State:
    """Return the present state."""
    gc.collect()
    process = psutil.Process()
    rounds = {one.impl: one.by_round() for one in results.measurements if one.cell == CELLS[-1]}
    ratio = paired_ratio(*(rounds.get(name, {}) for name in RACED))
    return State(
        memory_mb=process.memory_info().rss / 1e6,
        handles=process.num_fds(),
        threads=process.num_threads(),
        children=len(process.children(recursive=True)),
        temporary_files=len([*scratch.iterdir()]),
        ratio=math.nan if ratio is None else ratio.median,
    )


def faults(states: list[State]) -> Iterator[str]:
    """Yield what grew or changed between the first tenth and the last, without the first race, which imports."""
    tenth = max(1, len(states) // 10)
    first, last = states[1 : 1 + tenth], states[-tenth:]
    for name in (field.name for field in fields(State)):
        before, after = (middle(part, name) for part in (first, last))
        most = {"memory_mb": GROWTH * before, "ratio": AGREE * before}.get(name, before)
        if not after <= most or (name == "ratio" and after < before / AGREE):
            yield f"{name} went from {before:g} to {after:g}"


def middle(states: list[State], name: str) -> float:
    """Return the median of one figure; NaN, which agrees with nothing, without any."""
    known = [value for one in states if not math.isnan(value := getattr(one, name))]
    return median(known) if known else math.nan


def main(hours: Annotated[float, typer.Option(min=0.001)] = 1.0) -> None:
    """Repeat, and compare."""
    with TemporaryDirectory(prefix="soak-") as scratch:
        os.environ["TMPDIR"] = tempfile.tempdir = scratch
        states = [*repeated(hours, Path(scratch))]
    tenth = max(1, len(states) // 10)
    for name, part in (("first tenth", states[1 : 1 + tenth]), ("last tenth", states[-tenth:])):
        shown = ((field.name, middle(part, field.name)) for field in fields(State))
        print(f"{name}: {', '.join(f'{key} {value:.4g}' for key, value in shown)}")
    found = [*faults(states)]
    print(f"{len(states)} races in {hours:g} h: {'; '.join(found) or 'nothing grew, nothing changed'}")
    sys.exit(bool(found))


if __name__ == "__main__":
    typer.run(main)
