"""Scaling of dask_blocks: the same problem for all workers (strong, also with pixels), or a share for each (weak).

    python -m studies.cluster.measure FILE.json
    python -m studies.cluster.report FILE.json

Workers are processes of one thread each, all on this machine. Beyond its cores they show the cost of their number, not
the benefit of their speed. For comparison, the same kernel runs in threads of one process, which shows what the cores
allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal, get_args

import msgspec
import numpy as np
import typer
from msgspec import Struct

from gradrace.bench import problems
from gradrace.bench.machine import environment
from gradrace.bench.machine.available import cores
from gradrace.bench.race.rounds import latin_orders
from gradrace.bench.results import UnusableInput
from gradrace.bench.verification.reference import reference
from gradrace.bench.workers.client import ProcessWorker
from gradrace.bench.workers.task import Task
from gradrace.impls.discovery import sources

NAME = "dask_blocks"
WORKERS = (1, 2, 4, 8)
TINY = (64, 10)
"""(m, n_x) of a problem whose time is only the way to the workers and back."""

LARGE = (1_000_000, 100)
SHARE = 250_000
"""Number of examples of each worker in weak scaling."""

SAMPLE_S = 0.05
PATIENCE_S = 300.0

Kind = Literal["tiny", "strong", "pixels", "weak"]
KINDS: tuple[Kind, ...] = get_args(Kind)
THREADED: dict[Kind, str] = {"strong": "numba_fused", "pixels": "numba_pixels"}
"""Kernels of the workers, for the kinds in which they are also measured with threads."""


class Scaled(Struct, frozen=True, kw_only=True):
    """A step's seconds, sample by sample, with a number of workers, or of threads without Dask."""

    kind: Kind
    implementation: str
    workers: int
    m: int
    n_x: int
    samples_s: list[float]


class Scaling(Struct, frozen=True, kw_only=True):
    """All measurements, and their origin."""

    measured: list[Scaled]
    date: str
    cpu: str
    cores: int


def size(kind: Kind, workers: int) -> tuple[int, int]:
    """Return (m, n_x) of a measurement."""
    match kind:
        case "tiny":
            return TINY
        case "strong" | "pixels":
            return LARGE
        case "weak":
            return SHARE * workers, LARGE[1]


def measure(kind: Kind, workers: Sequence[int], rounds: int) -> list[Scaled]:
    """Return the samples of each number of workers, taken in turn.

    Raises:
        UnusableInput: If an implementation is wrong or unavailable.
    """
    everyone = [(NAME, count) for count in workers]
    if kind in THREADED:
        everyone += [(THREADED[kind], count) for count in workers if count <= cores()]
    with ExitStack() as stack:
        given = cache(lambda m, n_x: Given(kind, m, n_x, Path(stack.enter_context(TemporaryDirectory()))))
        measured = [(*ready(*one, given(*size(kind, one[1])), stack), list[float]()) for one in everyone]
        orders = latin_orders(len(everyone), np.random.default_rng(0))
        for _ in range(rounds):
            for place in next(orders):
                worker, calls, samples = measured[place]
                samples.append(worker.ask(Task.sample, calls).call_s)
    return [
        Scaled(kind=kind, implementation=name, workers=count, m=m, n_x=n_x, samples_s=samples)
        for (name, count), (_, _, samples) in zip(everyone, measured, strict=True)
        for m, n_x in [size(kind, count)]
    ]


class Given:
    """A problem in a folder, and its reference gradient, computed once for all measurements, as that takes 10 s."""

    def __init__(self, kind: Kind, m: int, n_x: int, folder: Path) -> None:
        case = (problems.pixels if kind == "pixels" else problems.made_up)(m, n_x)
        problems.save(case, folder)
        self.folder, self.right = folder, reference(case.problem, case.w, case.b)


def ready(name: str, workers: int, given: Given, stack: ExitStack) -> tuple[ProcessWorker, int]:
    """Return the worker of an implementation that was verified on the problem, and the number of calls in a sample.

    Raises:
        UnusableInput: If its gradient is wrong.
    """
    (source,) = [source for source in sources() if source.name == name]
    worker = ProcessWorker(source, workers, PATIENCE_S)
    stack.callback(worker.end)
    worker.ask(Task.prepare, str(given.folder))
    if fault := given.right.fault(worker.ask(Task.compute).gradient):
        raise UnusableInput(f"{name} with {workers} workers: {fault}")
    return worker, worker.ask(Task.calibrate, SAMPLE_S).calls


def main(
    file: Annotated[Path, typer.Argument(help="For what is measured, as JSON.")],
    rounds: Annotated[int, typer.Option(min=6, help="Samples of each.")] = 24,
    workers: Annotated[str, typer.Option(help="How many, by commas.")] = ",".join(map(str, WORKERS)),
) -> None:
    """Measure every kind."""
    try:
        counts = sorted({int(word) for word in workers.split(",")})
    except ValueError:
        counts = []
    if counts[:1] != [1]:
        raise typer.BadParameter(f"{workers} is no list of whole numbers from 1 on, as 1,2,4; all are compared with 1")
    measured = [one for kind in KINDS for one in measure(kind, counts, rounds)]
    facts = environment.machine_info()
    scaling = Scaling(
        measured=measured,
        date=datetime.now(UTC).date().isoformat(),
        cpu=str(facts.get("cpu", {}).get("brand_raw", "unknown")),
        cores=cores(),
    )
    file.write_bytes(msgspec.json.format(msgspec.json.encode(scaling), indent=1) + b"\n")


if __name__ == "__main__":
    typer.run(main)
