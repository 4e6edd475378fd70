"""Simulated checks: the gate's own procedure and budget, with random pairs instead of processes.

    python -m studies.gate.simulation --threshold 0.02 --slowdown 0,0.03,0.05 --noise 0.01,0.02,0.03 --checks 200

It says how many of the checks fail, pass or can't tell, for an idle machine on which pairs take the seconds of `COSTS`,
or for a busy one with `--loaded`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from statistics import median
from typing import Annotated, Any, NamedTuple
from unittest.mock import Mock

import numpy as np
import typer
from scipy.stats import binomtest

from gradrace import options
from gradrace.bench.gate.code.sides import Side
from gradrace.bench.gate.findings import Finding, Report
from gradrace.bench.gate.limits import Limits, Rules
from gradrace.bench.gate.measure import Gate
from gradrace.bench.gate.pairs.preparations import Prepared
from gradrace.bench.gate.pairs.rounds import Measured
from gradrace.bench.gate.tallies import Tally
from gradrace.bench.race.ready import Expected, ReadyCell
from gradrace.bench.results import Cell
from gradrace.bench.text import known
from gradrace.bench.timing import Deadline
from gradrace.bench.verification.reference import Point
from gradrace.reports.text import markdown

CELLS = (Cell(10, 10), Cell(1000, 100), Cell(209, 12_288), Cell(100_000, 100))

HEADS = ("what is slower", "by", "noise", "fails", "passes", "can't tell", "rate of failing, 95 % interval", "time")

WHAT = GRADIENT, DESCENT, PREPARE = "gradient", "descent", "prepare"


class Costs(NamedTuple):
    """Seconds that things take.

    Attributes:
        verification: The start of the command, the hard problems, and both sides in every cell.
        start: The start of a pair's processes.
        gradients: A pair's gradients in each of CELLS, at the usual pace.
        descents: A pair's descents in each of CELLS, at the usual pace; empty without a `descend` of its own.
        rounds: The rounds in each of them.
    """

    verification: float = 40.0
    start: float = 1.2
    gradients: tuple[float, ...] = (0.5, 0.5, 1.3, 1.6)
    descents: tuple[float, ...] = (0.5, 0.5, 1.3, 1.6)
    rounds: tuple[float, ...] = (0.4, 0.4, 1.0, 1.0)


COSTS = Costs()

LOADED = Costs(48.0, 2.5, (0.9, 0.9, 2.5, 3.5), (0.8, 0.8, 2.2, 3.0))
"""Costs beside other work that keeps two cores busy, at a load average of 8."""


class Truth(NamedTuple):
    """What is true of NEW, and how pairs vary.

    Attributes:
        slowdown: How much slower it is, 0.05 for 5 %.
        what: What is slower: GRADIENT (then descents as well), DESCENT or PREPARE.
        cells: Number of cells in which it is.
        noise: Standard deviation of a pair's log-ratio in a cell, at the usual pace. With fewer rounds it grows.
        shared: Share of its variance that all cells of a pair have in common.
        descends: Whether the implementations have their own `descend`.
        impl: Name of the only implementation that is slower; all are without one.
        recorded: Log-ratios of recorded pairs in each of CELLS, which are drawn instead of normal noise.
    """

    slowdown: float = 0.0
    what: str = GRADIENT
    cells: int = len(CELLS)
    noise: float = 0.02
    shared: float = 0.0
    descends: bool = True
    impl: str | None = None
    recorded: Sequence[Sequence[float]] = ()

    def of(self, what: str, number: int) -> float:
        """Return the slowdown of the gradient or of descents in a cell."""
        slow = number < self.cells and (self.what == what or (self.what, what) == (GRADIENT, DESCENT))
        return self.slowdown if slow else 0.0


@dataclass(slots=True)
class Clock:
    """Simulated time in seconds, which passes when something is measured."""

    now_s: float = 0.0

    def __call__(self) -> int:
        """Return the time in nanoseconds."""
        return round(self.now_s * 1e9)


@dataclass(slots=True)
class Simulated(Gate):
    """A gate whose pairs are random numbers."""

    truth: Truth = field(default_factory=Truth)
    costs: Sequence[Costs] = (COSTS,)
    clock: Clock = field(default_factory=Clock)
    rng: np.random.Generator = field(default_factory=np.random.default_rng)

    def _verify(self, name: str, mine: list[Tally]) -> None:
        costs = self._costs(name)
        self.clock.now_s += costs.start
        if self.truth.descends and costs.descents:
            mine += [Tally(name, one.ready, one.limits, steps=100) for one in mine]
        for tally in mine:
            tally.verified, tally.start_s = True, costs.start

    def _with_pair(self, name: str, wanted: Sequence[Tally], *_procedure: object) -> None:
        truth = self.truth if self.truth.impl in (None, name) else self.truth._replace(slowdown=0.0)
        costs = self._costs(name)
        self.clock.now_s += costs.start
        common = math.sqrt(truth.shared) * self.rng.standard_normal()
        for tally in wanted:
            number = CELLS.index(tally.ready.cell)
            what, seconds = (DESCENT, costs.descents) if tally.steps else (GRADIENT, costs.gradients)
            tally.start_s, tally.rounds_s = costs.start, costs.rounds[number]
            tally.others_s = seconds[number] - tally.rounds_s
            tally.pair_s = 0.1 if tally.stopped else tally.others_s + self.pace * tally.rounds_s
            self.clock.now_s += tally.pair_s
            tally.spent_s += tally.pair_s
            log_ratio = math.log1p(truth.of(what, number)) + self._noise(truth, number, common)
            prepared = None if tally.steps else self._prepared(truth, number)
            if tally.stopped and prepared:
                tally.add_prepared(prepared, self.tallies)
            else:
                tally.add(Measured(log_ratio, 1e-3, prepared=prepared), self.tallies)

    def _costs(self, name: str) -> Costs:
        """Return the seconds that an implementation takes, by its number."""
        return self.costs[int(name) % len(self.costs)]

    def _noise(self, truth: Truth, number: int, common: float) -> float:
        """Return the noise of a pair's log-ratio in a cell. common: standardized noise of all of its cells."""
        if truth.recorded:
            return float(self.rng.choice(truth.recorded[number]))
        own = math.sqrt(1 - truth.shared) * self.rng.standard_normal()
        return truth.noise / math.sqrt(self.pace) * (common + own)

    def _prepared(self, truth: Truth, number: int) -> Prepared:
        """Return seconds of `prepare` around 10 ms, which vary ten times as much as calls."""
        slow = truth.slowdown if truth.what == PREPARE and number < truth.cells else 0.0
        old, new = np.exp(10 * truth.noise * self.rng.standard_normal(2))
        return Prepared(0.01 * old, 0.01 * (1 + slow) * new)


def check(
    truth: Truth, limits: Limits, budget_s: float, seed: int, impls: int = 1, costs: Sequence[Costs] = (COSTS,)
) -> tuple[list[Finding], float]:
    """Return the findings of a simulated check of so many implementations, and its seconds.

    costs: those of each implementation; the first ones again where there are fewer.
    """
    clock, rng = Clock(costs[0].verification), np.random.default_rng(seed)
    until = Deadline(clock, round(budget_s * 1e9))
    gate = Simulated(
        Side("OLD", Path("old")),
        Side("NEW", Path("new")),
        worker=_no_process,
        rules=Rules(limits),
        budget=until,
        tell=lambda _: None,
        truth=truth,
        costs=costs,
        clock=clock,
        rng=rng,
    )
    names = [str(number) for number in range(impls)]
    return gate.check(names, [ReadyCell(cell, Path(), NOTHING, rng) for cell in CELLS]), clock.now_s


def answers(
    truth: Truth, limits: Limits, budget_s: float, checks: int, impls: int = 1, costs: Sequence[Costs] = (COSTS,)
) -> tuple[Counter[str], float]:
    """Return how many checks failed, passed or are unknown, and their median seconds."""
    found, seconds = Counter[str](), []
    for seed in range(checks):
        findings, taken_s = check(truth, limits, budget_s, seed, impls, costs)
        found[Report(old="", new="", threshold=limits.threshold, findings=findings).answer] += 1
        seconds.append(taken_s)
    return found, median(seconds)


def main(
    threshold: Annotated[float, typer.Option(help="Slowdown that passes, 0.02 for 2 %.")] = 0.05,
    slowdown: Annotated[str, typer.Option(help="Of NEW: 0.1 for 10 %; several by commas.")] = "0,0.1",
    noise: Annotated[
        str, typer.Option(help="Standard deviations of a pair's log-ratio; several by commas.")
    ] = "0.01,0.02,0.03",
    shared: Annotated[float, typer.Option(help="Share of its variance that a pair's cells have in common.")] = 0.0,
    what: Annotated[str, typer.Option(help="What is slower: gradient, descent or prepare.")] = GRADIENT,
    impls: Annotated[int, typer.Option(min=1, help="Number of changed implementations.")] = 1,
    checks: Annotated[int, typer.Option(min=1, help="Checks of each kind.")] = 200,
    budget: Annotated[float, typer.Option(help="Seconds of each check.")] = 120.0,
    loaded: Annotated[bool, typer.Option("--loaded", help="Pairs take as long as at a load of 8.")] = False,
) -> None:
    """Print the answers of simulated checks as a Markdown table."""
    known("--what", what, WHAT)
    rows, costs = [], [LOADED if loaded else COSTS]
    for slow, spread in product(_numbers("--slowdown", slowdown), _numbers("--noise", noise)):
        truth = Truth(slow, what, noise=spread, shared=shared)
        found, seconds = answers(truth, Limits(threshold=threshold), budget, checks, impls, costs)
        failed = found["failed"]
        rate = binomtest(failed, checks).proportion_ci(method="exact")
        counts = [str(found[answer]) for answer in ("failed", "passed", "unknown")]
        interval = f"{100 * failed / checks:.0f} % ({100 * rate.low:.1f} to {100 * rate.high:.1f} %)"
        rows.append([what, f"{100 * slow:g} %", f"{spread:g}", *counts, interval, f"{seconds:.0f} s"])
    print(markdown.table(HEADS, rows))


NOTHING = Expected(Point(np.empty(0), np.float64(0)), Mock(), Mock())
"""Reference gradients that nothing is compared with."""


def _numbers(option: str, words: str) -> list[float]:
    return [options.number(option, word) for word in words.split(",")]


def _no_process(*_arguments: object) -> Any:
    raise AssertionError("a simulated gate starts no process")


if __name__ == "__main__":
    typer.run(main)
