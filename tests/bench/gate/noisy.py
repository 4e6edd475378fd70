"""The gate on a simulated clock: processes of known speed, and the findings of checks of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from gradrace.bench.gate.code.sides import Side
from gradrace.bench.gate.findings import Finding
from gradrace.bench.gate.limits import Rules
from gradrace.bench.gate.measure import Gate
from gradrace.bench.race.cell import ReadyCell
from gradrace.bench.results import Cell
from gradrace.bench.timing import Deadline
from gradrace.bench.workers.answers import Forgotten
from gradrace.bench.workers.process import WorkerFailed
from tests.bench.simulated import Clock, Simulated

OLD, NEW = Side("OLD", Path("old")), Side("NEW", Path("new"))
CELLS = [Cell(10, 3), Cell(40, 3)]


@dataclass
class Noisy(Simulated):
    """A process that is `slowdown` times as slow as it should be, and as lucky with its memory as processes are."""

    slowdown: Callable[[Cell], float] = lambda cell: 1.0
    luck: float = 1.0
    load_failure: WorkerFailed | None = None
    ended: list[str] = field(default_factory=list)
    peak_bytes: int | None = 50_000_000

    @property
    def call_s(self) -> float:
        cell = Cell(self.case.problem.m, self.case.problem.n_x)
        return super().call_s * self.luck * self.slowdown(cell)

    def start(self) -> None:
        if self.load_failure is not None:
            raise self.load_failure

    def forget(self) -> Forgotten:
        return replace(super().forget(), peak_rss_bytes=self.peak_bytes)

    def end(self) -> None:
        self.ended.append(self.name)


def check(
    ready_cells: list[ReadyCell],
    slowdown: Callable[[Cell], float] = lambda cell: 1.0,
    *,
    noise: float = 0.02,
    budget_s: float = 1e6,
    seed: int = 0,
    names: tuple[str, ...] = ("a",),
    ns_per_element: float = 1e6,
    ended: list[str] | None = None,
    rules: Rules | None = None,
    **new_only: object,
) -> list[Finding]:
    """Findings where NEW is so much slower; `noise`: the standard deviation of a process's luck."""
    rng, clock = np.random.default_rng(seed), Clock()

    def worker(side: Side, name: str) -> Noisy:
        luck = float(np.exp(noise * rng.standard_normal()))
        common = {"luck": luck, "ended": [] if ended is None else ended}
        if side is OLD:
            return Noisy(clock, name, ns_per_element, **common)
        return Noisy(clock, name, ns_per_element, slowdown=slowdown, **common, **new_only)

    gate = Gate(OLD, NEW, worker, rules or Rules(), Deadline(clock, math.inf).within(budget_s), lambda _: None)
    return gate.check(names, ready_cells)


def gated(
    worker: Callable[[Clock, Side, str], Noisy],
    ready_cells: list[ReadyCell],
    *,
    budget_s: float = 1e6,
    rules: Rules | None = None,
    ready: Callable[[Cell], ReadyCell] | None = None,
) -> list[Finding]:
    """Findings for processes that a function makes. ready: function that makes the problem of a smaller cell."""
    clock = Clock()
    until = Deadline(clock, math.inf).within(budget_s)
    gate = Gate(OLD, NEW, partial(worker, clock), rules or Rules(), until, lambda _: None, ready)
    return gate.check(["a"], ready_cells)


def gate_of(
    ready_cells, kind: Callable[[Side, int], Callable[..., Noisy]], ready: Callable[[Cell], ReadyCell] | None = None
) -> list[Finding]:
    """Findings where the kind of each process depends on its side and number."""
    made: list[Side] = []

    def worker(clock: Clock, side: Side, name: str) -> Noisy:
        made.append(side)
        return kind(side, made.count(side))(clock, name, 1e6)

    return gated(worker, ready_cells, ready=ready)
