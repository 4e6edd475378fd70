"""Checks with recorded noise: pairs of identical code are measured once, and replayed in thousands of checks.

    python -m studies.gate.recorded FILE --minutes 75
    python -m studies.gate.recorded FILE --slowdown 0,0.1,0.2 --checks 200

The first command appends pairs of all installed implementations to FILE, one of each in turn, measured as in a check.
The second simulates checks of each implementation. Their pairs are drawn at random from its own in FILE, and slowed.
"""

from __future__ import annotations

import os
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec
import typer
from msgspec import Struct
from scipy.stats import binomtest

from gradrace import options
from gradrace.bench.gate.check import prepared
from gradrace.bench.gate.code.sides import Side
from gradrace.bench.gate.limits import Limits, Rules
from gradrace.bench.gate.measure import Gate
from gradrace.bench.gate.tallies import Tally
from gradrace.bench.results import Cell
from gradrace.bench.scratch import scratch
from gradrace.bench.timing import NEVER
from gradrace.bench.workers.client import LEAST_PATIENCE_S, ProcessWorker
from gradrace.impls.discovery import Source, sources
from gradrace.reports.text import markdown
from studies.gate.simulation import CELLS, Truth, answers
from studies.gate.slowed import sides

Noise: TypeAlias = dict[str, list[list[float]]]
"""Log-ratios of the recorded pairs of each implementation, by cell."""

LONG_S = 1e6
"""Seconds of a deadline that isn't reached, but from which times can be subtracted."""

HEADS = ("slower by", "fails", "passes", "can't tell", "rate of failing, 95 % interval", "median time")


class Recorded(Struct, frozen=True):
    """A pair of identical code in one cell: its log-ratio, and the load average of the machine at the time."""

    impl: str
    m: int
    n_x: int
    log_ratio: float
    load: float


class Recorder(Gate):
    """Gate that measures pairs of one implementation without an end."""

    def tallies_of(self, name: str, cells: Sequence[Cell]) -> list[Tally]:
        """Return the tallies of the implementation's gradients, verified, in cells that it can do."""
        assert self.ready is not None
        mine = [Tally(name, self.ready(cell)) for cell in cells]
        self._verify(name, mine)
        return [tally for tally in mine if tally.verified and not tally.steps]

    def record(self, name: str, mine: Sequence[Tally]) -> list[Recorded]:
        """Measure one pair in each cell; return what was measured."""
        for tally in mine:
            tally.pairs.clear()
            tally.stopped = False
        self._with_pair(name, mine, partial(self._measure, len(mine)))
        load = round(os.getloadavg()[0], 1)
        return [
            Recorded(name, tally.ready.cell.m, tally.ready.cell.n_x, round(tally.pairs[0], 4), load)
            for tally in mine
            if tally.pairs
        ]


def record(file: Path, names: Sequence[str], cells: Sequence[Cell], minutes: float, threads: int) -> None:
    """Append pairs of identical code to the file, one of each implementation in turn, until the minutes are over."""
    until, long = time.monotonic() + 60 * minutes, NEVER.within(LONG_S)
    with scratch() as here, prepared(0) as ready:
        gates: dict[str, tuple[Recorder, list[Tally]]] = {}
        for name in names:
            old, new = sides(here / name, name, 0.0)
            of = {side.name: side.sources()[name] for side in (old, new)}
            gate = Recorder(old, new, partial(_worker, of, threads), Rules(), long, lambda _: None, ready)
            gates[name] = gate, gate.tallies_of(name, cells)
        while True:
            for name, (gate, mine) in gates.items():
                with file.open("ab") as stream:
                    stream.writelines(msgspec.json.encode(pair) + b"\n" for pair in gate.record(name, mine))
                if time.monotonic() > until:
                    return


def _worker(of: Mapping[str, Source], threads: int, side: Side, _name: str) -> ProcessWorker:
    return ProcessWorker(of[side.name], threads, LEAST_PATIENCE_S, home=side.home)


def read(file: Path) -> Noise:
    """Return the recorded noise of the implementations that have pairs in as many cells as a check."""
    found: dict[str, dict[tuple[int, int], list[float]]] = defaultdict(lambda: defaultdict(list))
    for line in file.read_bytes().splitlines():
        pair = msgspec.json.decode(line, type=Recorded)
        found[pair.impl][pair.n_x, pair.m].append(pair.log_ratio)
    return {impl: [*cells.values()] for impl, cells in found.items() if len(cells) == len(CELLS)}


def replayed(noise: Mapping[str, Sequence[Sequence[float]]], truth: Truth, budget_s: float, checks: int) -> list[str]:
    """Return a row of the table: the answers of so many checks of each implementation."""
    total, times = Counter[str](), []
    for recorded in noise.values():
        found, seconds = answers(truth._replace(recorded=recorded), Limits(), budget_s, checks)
        total += found
        times.append(seconds)
    rate = binomtest(total["failed"], total.total()).proportion_ci(method="exact")
    counts = [str(total[answer]) for answer in ("failed", "passed", "unknown")]
    interval = f"{100 * total['failed'] / total.total():.1f} % ({100 * rate.low:.1f} to {100 * rate.high:.1f} %)"
    return [f"{100 * truth.slowdown:g} %", *counts, interval, f"{sorted(times)[len(times) // 2]:.0f} s"]


def main(
    file: Annotated[Path, typer.Argument(help="JSON lines of pairs.")],
    minutes: Annotated[float, typer.Option(min=0, help="Minutes in which pairs are recorded.")] = 0.0,
    slowdown: Annotated[str, typer.Option(help="Of NEW: 0.1 for 10 %; several by commas.")] = "0,0.1",
    checks: Annotated[int, typer.Option(min=1, help="Simulated checks of each implementation.")] = 200,
    budget: Annotated[float, typer.Option(help="Seconds of each check.")] = 120.0,
) -> None:
    """Record pairs, if asked to, and print the answers of checks that replay them."""
    if minutes:
        threads = options.threads(None)
        names = [source.name for source in sources() if source.missing() is None]
        record(file, names, options.checked_cells("", "", "float64", threads), minutes, threads)
    noise, slowdowns = read(file), [options.number("--slowdown", word) for word in slowdown.split(",")]
    rows = [replayed(noise, Truth(value, descends=False), budget, checks) for value in slowdowns]
    print(markdown.table(HEADS, rows))


if __name__ == "__main__":
    typer.run(main)
