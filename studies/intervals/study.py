"""A benchmark of benchmarks: intervals of gradrace, pytest-benchmark and pyperf for the same seconds.

    python -m studies.intervals.study FILE --repetitions 10
    python -m studies.intervals.study FILE --repetitions 0   # the tables of what FILE holds

Each run of a tool in a cell is a line of JSON that is appended to FILE as soon as it is done. An interrupted study
goes on where it was. The tools and the cells take turns in random order, on the quiet machine and beside a process
that keeps a core busy half of the time. The truth of a run is the same tool's estimate from all samples of its other
runs.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Annotated

import msgspec
import numpy as np
import typer
from rich.console import Console

from gradrace.bench.machine.available import cores
from gradrace.bench.results import Cell, UnusableInput
from gradrace.bench.text import known
from gradrace.reports.text.table import print_grid
from studies.gate.study import loaded
from studies.intervals.table import Asked, Run, grid, lines, together
from studies.intervals.tools import TOOLS, NotMeasured

NAMES = "numpy_vectorized,numba_fused"
SIZES = "1000x10,1000x100,10000x100"
DIGITS = 5
"""Significant digits of the times that are kept."""


def read(file: Path) -> list[Run]:
    """Return the runs so far, without a last line that was cut off. Raises UnusableInput if another line is no run."""
    whole = file.read_bytes().splitlines(keepends=True) if file.exists() else []
    try:
        return [msgspec.json.decode(line, type=Run) for line in whole if line.endswith(b"\n")]
    except msgspec.DecodeError as error:
        raise UnusableInput(f"{file}: not a study ({error}); name another file") from error


def append(file: Path, run: Run) -> None:
    """Add a line, in place of a last one that was cut off."""
    whole, end, _cut = (file.read_bytes() if file.exists() else b"").rpartition(b"\n")
    file.write_bytes(whole + end + msgspec.json.encode(run) + b"\n")


def asked(
    repetition: int, cells: Sequence[Cell], tools: Sequence[str], names: list[str], seconds: float
) -> Iterator[Asked]:
    """Yield the runs of a repetition: quiet and busy one after the other, each with cells and tools in random order."""
    rng = np.random.default_rng(repetition)
    for busy in rng.permutation([False, True]):
        turns = [*product(cells, tools)]
        for place in rng.permutation(len(turns)):
            cell, tool = turns[place]
            yield Asked(repetition=repetition, busy=bool(busy), cell=cell, tool=tool, names=names, seconds=seconds)


def size_of(words: str) -> Cell:
    """Return the cell of a size such as 1000x10, with as many threads as there are cores."""
    m, n_x = words.split("x")
    return Cell(int(m), int(n_x), threads=cores())


def measured(one: Asked) -> Run:
    """Let the tool measure. Raises NotMeasured."""
    begun_s = perf_counter()
    with loaded(one.busy):
        found = TOOLS[one.tool](one.names, one.cell, one.seconds, one.repetition)
    kept = {
        name: {number: float(f"{value:.{DIGITS}g}") for number, value in samples.items()}
        for name, samples in found.items()
    }
    return Run(asked=one, measured=kept, wall_s=round(perf_counter() - begun_s, 2))


def take(file: Path, one: Asked) -> None:
    """Make a run, append it to the file and say so; a run that failed is left for the next call of the study."""
    what = f"repetition {one.repetition + 1}, {'busy' if one.busy else 'quiet'}, {one.cell}, {one.tool}"
    try:
        run = measured(one)
    except NotMeasured as reason:
        print(f"{what}: failed: {reason}", flush=True)
        return
    append(file, run)
    print(f"{what}: {run.wall_s:.1f} s", flush=True)


def main(
    file: Annotated[Path, typer.Argument(help="JSON lines; the runs there count.")],
    repetitions: Annotated[int, typer.Option(min=0, help="Repetitions, those in FILE included.")] = 10,
    seconds: Annotated[float, typer.Option(min=0.01, help="Seconds of each implementation in a cell.")] = 0.4,
    sizes: Annotated[str, typer.Option(help="m × n_x, separated by commas.")] = SIZES,
    impl: Annotated[str, typer.Option(help="Implementations; ratios are those of the first to the others.")] = NAMES,
    tool: Annotated[str, typer.Option(help="Tools, separated by commas.")] = ",".join(TOOLS),
) -> None:
    """Make the runs that are missing, and print the tables."""
    cells = [size_of(size) for size in sizes.split(",")]
    tools = [known("--tool", name, list(TOOLS)) for name in tool.split(",")]
    asked_for = [one for number in range(repetitions) for one in asked(number, cells, tools, impl.split(","), seconds)]
    done = {msgspec.json.encode(run.asked) for run in read(file)}
    for one in (one for one in asked_for if msgspec.json.encode(one) not in done):
        take(file, one)
    found = lines(read(file))
    for title, shown in (("By size", found), ("All sizes", together(found))):
        print_grid(Console(), grid(title, shown))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # so that what was started ends too
    try:
        typer.run(main)
    except UnusableInput as reason:
        sys.exit(str(reason))
