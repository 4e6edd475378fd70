"""Readings of a finished result that are late: how often, and in how many of these the system took the core.

`python -m studies.late_readings` prints a table: without busy processes, and beside `--busy 4` that never wait. A race
calls a result late if reading it takes longer than reading a finished one. Here every result is finished.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from statistics import median
from time import perf_counter_ns
from typing import Annotated, Any, NamedTuple

import numpy as np
import typer
from rich.console import Console

from gradrace.bench import timing
from gradrace.bench.text import duration
from gradrace.reports.grid import Grid
from gradrace.reports.text.table import print_grid

RESULT = [float(number) for number in range(12_288)]
"""A finished dw of the slide's own size, as a list, which takes about 0.3 ms to read."""

SAMPLE_S = 0.003
"""Seconds of work before each reading, as in a sample."""

LATE_S = 1e-3
"""Seconds above the median from which on a reading is late."""

BUSY = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: pass"
"""Program that never waits, until its parent ends."""


class Reading(NamedTuple):
    """Seconds of a reading, and whether the system took the core from the thread meanwhile."""

    seconds: float
    interrupted: bool


def readings(seconds: float, read: Callable[[], Any], clock: timing.Clock) -> list[Reading]:
    """Read again and again for some seconds, after SAMPLE_S of work each."""
    found, end = list[Reading](), timing.Deadline(clock, clock() + seconds * 1e9)
    while end.left_s() > 0:
        work = end.within(SAMPLE_S)
        while work.left_s() > 0:
            pass
        before = timing.interruptions()
        read_s, _ = timing.timed(read, clock)
        found.append(Reading(read_s, timing.interruptions() > before))
    return found


def row(busy: int, found: Sequence[Reading]) -> list[str]:
    """Return a row of the table: how many readings are late, and in how many of these the thread was interrupted."""
    middle_s = median(one.seconds for one in found)
    late = [one for one in found if one.seconds > middle_s + LATE_S]
    interrupted = sum(one.interrupted for one in late)
    return [str(busy), str(len(found)), duration(middle_s, 2), str(len(late)), str(interrupted)]


@contextmanager
def beside(busy: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run other processes that never wait; yield them."""
    started = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(busy)]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()


def main(
    seconds: Annotated[float, typer.Option(help="Seconds of each row.")] = 15.0,
    busy: Annotated[int, typer.Option(help="Other processes of the second row.")] = 4,
) -> None:
    """Measure, and print a table."""
    rows = []
    for number in (0, busy):
        with beside(number):
            rows.append(row(number, readings(seconds, partial(np.array, RESULT), perf_counter_ns)))
    heads = ["busy processes", "readings", "median", "late by 1 ms", "interrupted"]
    print_grid(Console(), Grid(title="Readings of a finished result", heads=heads, rows=rows))


if __name__ == "__main__":
    typer.run(main)
