"""Cost of a call with a new w and b each time, as in the race, compared with constant ones.

`python -m studies.sample_cost` prints a table; `--m 10 --nx 10` chooses another size.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from gradrace.bench import problems, timing
from gradrace.bench.race.entering import sample_s
from gradrace.bench.results import Cell
from gradrace.bench.workers.task import Task
from gradrace.impls.discovery import everyone, load

NAMES = "python_loop,numpy_vectorized,numba_loop,numba_fused,numba_pixels,sklearn_loss"
TRIALS = 101


class Both(Task):
    """A task that can also sample at a constant point."""

    def same(self, calls: int) -> float:
        """Return the seconds of a call at the case's own point."""
        _, w, b = self._case
        return timing.sample(self._prepared, [self._implementation.native(w, b)] * calls, time.perf_counter_ns)[0]


def costs(name: str, folder: Path, cell: Cell) -> tuple[float, float, float]:
    """Return the median seconds of a call at new points and at a constant one, and the median of their ratios.

    The two are sampled alternately.
    """
    task = Both(load(everyone()[name]))
    task.prepare(str(folder))
    task.compute()
    calls = task.calibrate(sample_s(cell)).calls
    pairs = np.array([(task.sample(calls).call_s, task.same(calls)) for _ in range(TRIALS)])
    new_s, same_s = np.median(pairs, axis=0)
    return float(new_s), float(same_s), float(np.median(pairs[:, 0] / pairs[:, 1]))


def main(
    m: Annotated[int, typer.Option(help="Examples.")] = 10,
    nx: Annotated[int, typer.Option(help="Features.")] = 10,
    impl: Annotated[str, typer.Option(help="Implementations.")] = NAMES,
) -> None:
    """Measure, and print a table."""
    table = Table(title=f"µs a call at m = {m}, n_x = {nx}")
    for head in ("implementation", "new w and b", "the same", "ratio"):
        table.add_column(head, justify="left" if head == "implementation" else "right")
    with tempfile.TemporaryDirectory() as folder:
        problems.save(problems.from_seed(0)(Cell(m, nx)), Path(folder))
        for name in impl.split(","):
            new_s, same_s, ratio = costs(name, Path(folder), Cell(m, nx))
            table.add_row(name, f"{new_s * 1e6:.2f}", f"{same_s * 1e6:.2f}", f"{ratio:.3f}")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
