"""`gradrace check`: compare this checkout with a git revision, both measured in one run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradrace.bench import verify as verification
from gradrace.bench.gate.findings import Finding, Report
from gradrace.bench.gate.measure import Gate
from gradrace.bench.gate.sides import Difference, Side, differences, two_sides
from gradrace.bench.machine import environment
from gradrace.bench.machine.variables import require_unspoiled
from gradrace.bench.paths import ROOT
from gradrace.bench.problems import from_seed
from gradrace.bench.race.ready import ReadyCell, set_up
from gradrace.bench.results import Cell
from gradrace.bench.scratch import scratch
from gradrace.bench.text import known
from gradrace.bench.timing import NEVER
from gradrace.bench.workers.client import LEAST_PATIENCE_S, ProcessWorker


@dataclass(frozen=True, slots=True)
class Request:
    """Options of a check.

    Attributes:
        names: Implementations to compare; None selects those that differ.
        everyone: Whether to compare all implementations, also the unchanged ones.
    """

    revision: str
    cells: Sequence[Cell]
    threshold: float
    budget_s: float
    threads: int
    seed: int
    names: Sequence[str] | None = None
    everyone: bool = False
    checkout: Path = ROOT


def check(request: Request, tell: Callable[[str], None]) -> Report:
    """Check this checkout against the revision and remove all temporary files.

    Raises UnusableInput as `two_sides` does.
    """
    with two_sides(request.revision, request.checkout) as (old, new):
        return check_sides(old, new, request, tell)


def check_sides(old: Side, new: Side, request: Request, tell: Callable[[str], None]) -> Report:
    """Compare two folders of implementations."""
    changed = differences(old, new)
    names = chosen(changed, request)
    added = [
        one.impl for one in changed if one.only == new.name and (request.names is None or one.impl in request.names)
    ]
    used = [new.sources()[name].libraries() for name in (*names, *added)]
    require_unspoiled({"numpy"}.union(*used))
    faults = hard_faults(new, [*names, *added], request, tell)
    wrong = {fault.impl for fault in faults}
    names, added = ([name for name in group if name not in wrong] for group in (names, added))
    patience_s = max(2 * LEAST_PATIENCE_S, request.budget_s / 2)  # both sides have to compile anew

    def worker(side: Side, name: str) -> ProcessWorker:
        return ProcessWorker(side.sources()[name], request.threads, patience_s, home=side.folder)

    findings = faults
    if names or added:
        with prepared(request.cells, request.seed, tell) as ready_cells:
            budget = NEVER.within(request.budget_s)
            gate = Gate(old, new, worker, request.threshold, budget, tell)
            findings = [*faults, *gate.check(names, ready_cells, added)]
    return Report(
        old=old.name,
        new=new.name,
        threshold=request.threshold,
        budget_s=request.budget_s,
        seed=request.seed,
        cells=[*request.cells],
        differences=changed,
        findings=findings,
        caveats=elsewhere(Path.cwd()),
        machine=environment.machine_info(),
        commit=environment.commit_info(),
    )


def elsewhere(here: Path, checkout: Path = ROOT) -> list[str]:
    """Return a caveat if the current folder isn't in the checkout that is compared, which is that of this gradrace."""
    if here.is_relative_to(checkout):
        return []
    return [
        f"compared is {checkout}, from which this gradrace runs, and not {here}: install gradrace from there for that"
    ]


def hard_faults(new: Side, names: Sequence[str], request: Request, tell: Callable[[str], None]) -> list[Finding]:
    """Return the first hard problem that each implementation of NEW is wrong on: pixels, odd sizes or extreme values.

    Implementations that can't be loaded are left for the gate to report.
    """
    if not names:
        return []
    sources = [new.sources()[name] for name in names]
    todo = verification.exercises((), sorted({cell.dtype for cell in request.cells}), request.seed)
    found: dict[str, Finding] = {}
    for row in verification.verify(sources, todo, request.threads, lambda what: tell(f"verifying: {what}"), new.folder):
        if row.findings and row.m:
            cell = Cell(row.m, row.n_x, row.dtype, request.threads)
            reason = f"on the hard problem {row.problem!r}: {row.findings[0]}"
            fault = Finding(impl=row.impl, cell=cell, outcome="wrong", reason=reason, problem=row.problem)
            found.setdefault(row.impl, fault)
    return list(found.values())


def chosen(changed: Sequence[Difference], request: Request) -> list[str]:
    """Return the implementations on both sides that differ or that the request names.

    Raises:
        UnusableInput: If a requested name exists on neither side.
    """
    both = {difference.impl: difference for difference in changed if difference.only is None}
    for name in request.names or ():
        known("--impl", name, [difference.impl for difference in changed])
    if request.names is not None:
        return [name for name in request.names if name in both]
    return [name for name, difference in both.items() if difference.differs or request.everyone]


@contextmanager
def prepared(cells: Sequence[Cell], seed: int, tell: Callable[[str], None]) -> Iterator[list[ReadyCell]]:
    """Yield each cell with its saved problem and reference gradient; the files are deleted afterwards."""
    with scratch() as here:
        ready_cells = []
        for number, cell in enumerate(cells):
            tell(f"making the problem {cell}")
            folder = here / str(number)
            folder.mkdir()
            ready_cells.append(
                ReadyCell(cell, folder, set_up(cell, from_seed(seed), folder), np.random.default_rng([seed, number]))
            )
        yield ready_cells
