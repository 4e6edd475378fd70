"""Race correct implementations, and count those that are reported wrong or failing.

`python -m studies.accusations --measurements 1000` runs beside any other load of the machine; the count must be 0.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import numpy as np
import psutil
import typer

from gradrace.bench import run
from gradrace.bench.machine.available import cores
from gradrace.bench.results import FAULTS, FLOORS, Cell
from gradrace.impls.discovery import everyone

LARGEST = 2_000_000
"""Maximum number of elements of a problem: larger ones take long in pure Python, and make the same calls."""

NAMES = "numpy_vectorized,numpy_blocked,numpy_columns,numba_loop,numba_parallel,numba_fused,numba_pixels,sklearn_loss"


def sizes(rng: np.random.Generator) -> tuple[int, int]:
    """Return a random size (m, n_x) of at most LARGEST elements; its logarithms are uniform."""
    while True:
        m, n_x = (int(10 ** rng.uniform(0, limit)) for limit in (5.0, 4.1))
        if m * n_x <= LARGEST:
            return m, n_x


def main(
    measurements: Annotated[int, typer.Option(min=1, help="How many, one an implementation and cell.")] = 1000,
    impl: Annotated[str, typer.Option(help="Implementations, all of them right.")] = NAMES,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the sizes.")] = 0,
) -> None:
    """Count how often a correct implementation is reported wrong."""
    rng, threads, measured, accused = np.random.default_rng(seed), cores(), 0, list[str]()
    sources = [everyone()[name] for name in impl.split(",")]
    while measured < measurements:
        cells = [Cell(*sizes(rng), "float32" if rng.random() < 0.3 else "float64", threads) for _ in range(10)]
        request = run.Request(sources, cells, budget_s=60.0, seed=seed, threads=threads)
        with tempfile.TemporaryDirectory() as folder:
            results = run.run(request, Path(folder), lambda *_: None)
        measured += sum(one.impl not in FLOORS for one in results.measurements)
        accused += [f"{one.impl} at {one.cell}: {one.message}" for one in results.absences if one.outcome in FAULTS]
        load = psutil.getloadavg()[0]
        print(f"{measured} measured, {len(accused)} called wrong, load {load:.1f}", *accused, sep="\n  ", flush=True)
    raise typer.Exit(bool(accused))


if __name__ == "__main__":
    typer.run(main)
