"""`gradrace check`: compare a checkout with a git revision, both measured in one run."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from msgspec import structs

from gradrace.bench import problems
from gradrace.bench.gate import hard
from gradrace.bench.gate.code.changes import Difference, built, differences, unseen
from gradrace.bench.gate.code.environments import (
    Environment,
    environment_of,
    here,
    in_environments,
    require_loadable,
    require_usable,
    unused,
)
from gradrace.bench.gate.code.repository import PROJECT, Checkout, Commit, checkout_of
from gradrace.bench.gate.code.sides import Side, Sides, files, require_intact, two_sides
from gradrace.bench.gate.findings import Finding, Report
from gradrace.bench.gate.limits import Rules, rules, rules_before
from gradrace.bench.gate.measure import Gate
from gradrace.bench.machine import environment
from gradrace.bench.machine.variables import require_unspoiled
from gradrace.bench.paths import ROOT
from gradrace.bench.problems import from_seed
from gradrace.bench.race.ready import ReadyCell, set_up
from gradrace.bench.results import Cell
from gradrace.bench.scratch import scratch
from gradrace.bench.text import known
from gradrace.bench.timing import NEVER, Deadline
from gradrace.bench.workers.client import LEAST_PATIENCE_S, ProcessWorker
from gradrace.impls.discovery import Source

PATIENCE_SHARE, LEAST_PATIENCE = 0.5, 5.0
"""Timeout of an answer as a share of the budget that is left, and the least one in seconds."""


@dataclass(frozen=True, slots=True)
class Request:
    """Options of a check.

    Attributes:
        threshold: Slowdown that passes, 0.05 for 5 %; None: as the project's pyproject.toml says, or the usual one.
        revision: Git revision that is OLD; None: the checkout in this environment.
        names: Implementations to compare; None selects those that differ.
        environment: Virtual environment in which NEW runs; that of gradrace by default.
        everyone: Whether to compare all implementations, also the unchanged ones.
        repository: Folder in the checkout to compare.
        begun_ns: Time at which the budget began, on the clock of NEVER; None: now.
    """

    revision: str | None
    cells: Sequence[Cell]
    threshold: float | None
    budget_s: float
    threads: int
    seed: int
    names: Sequence[str] | None = None
    everyone: bool = False
    environment: Path | None = None
    repository: Path = ROOT
    begun_ns: int | None = None

    def deadline(self) -> Deadline:
        """Return the end of the budget."""
        begun_ns = NEVER.clock() if self.begun_ns is None else self.begun_ns
        return Deadline(NEVER.clock, begun_ns + self.budget_s * 1e9)


def check(request: Request, tell: Callable[[str], None]) -> Report:
    """Check the checkout against the revision and remove all temporary files.

    Raises UnusableInput as `checkout_of`, `Checkout.commit` and `two_sides` do.
    """
    request = replace(request, begun_ns=request.begun_ns or NEVER.clock())
    checkout = checkout_of(request.repository)
    commit = None if request.revision is None else checkout.commit(request.revision)
    own = rules(checkout.project(), request.threshold)
    limits = own.stricter(rules_before(checkout.contents_at(commit, PROJECT), request.threshold)) if commit else own
    environments = (here(), environment_of(request.environment)) if request.environment else None
    with two_sides(commit, checkout, request.environment) as sides:
        changed = _changed(sides, commit, checkout, environments)
        for name in own.named:
            known(f"{PROJECT}: [tool.gradrace.check.impl.{name}]", name, [one.impl for one in changed])
        caveats = [*_caveats(checkout, commit, sides, changed)]
        if commit and any(limits.of(one.impl) != own.of(one.impl) for one in changed):
            caveats.append(f"{PROJECT} loosens limits: {commit.name}'s stricter ones apply until the change is merged")
        report = check_sides(sides.old, sides.new, request, tell, changed, limits)
    told = [str(commit or checkout.described()), checkout.described()]
    if environments:
        told = [f"{side}, in {one.executable}" for side, one in zip(told, environments, strict=True)]
        caveats += unused(changed, *environments)
    within = checkout.folder.relative_to(checkout.top)
    code = "" if within == Path() else f"{within.as_posix()}/"
    return structs.replace(report, sides=told, caveats=[*report.caveats, *caveats], code=code + report.code)


def _changed(
    sides: Sides, commit: Commit | None, checkout: Checkout, environments: tuple[Environment, Environment] | None
) -> list[Difference]:
    """Return the differences of each implementation, in its files and in the packages that it uses."""
    if sides.harness:
        require_loadable(sides.new, sides.harness)
    found = differences(sides.old, sides.new)
    if commit and not checkout.is_gradrace:
        found = built(found, commit, checkout)
    if environments is None:
        return found
    require_usable(sides.new)
    return in_environments(found, sides.new, *environments)


def _caveats(checkout: Checkout, commit: Commit | None, sides: Sides, changed: Sequence[Difference]) -> Iterator[str]:
    """Yield what a reader needs to know about the checkout, and what differs but isn't compared."""
    if commit:
        yield from unseen(sides, changed, commit, checkout)
        if checkout.head == commit.hash:
            yield f"{commit.name} is the commit that is checked out: only uncommitted changes are compared"
        elif (fork := checkout.fork(commit)) is not None:
            yield f"{commit.name} has changes that this checkout lacks; `--against {fork[:12]}` leaves them out"
    if checkout.is_gradrace and checkout.folder.resolve() != _home():
        yield f"both sides are measured by the gradrace in {_home()}"
    elif commit and checkout.is_gradrace and any(name.startswith("bench/") for name in checkout.changed_files(commit)):
        yield (
            f"bench/, which measures both sides, differs from {commit.name}, too; to measure without this change, "
            f"install gradrace from {commit.name} elsewhere and call it with --repo {shlex.quote(str(checkout.folder))}"
        )


def _home() -> Path:
    """Return the folder that this gradrace is installed in."""
    return (ROOT / "gradrace").resolve().parent


def check_sides(
    old: Side,
    new: Side,
    request: Request,
    tell: Callable[[str], None],
    changed: Sequence[Difference] | None = None,
    limits: Rules | None = None,
) -> Report:
    """Compare two folders of implementations.

    changed: their differences; found out by default.
    limits: limits of the implementations; the request's threshold and the usual ones by default.
    """
    budget, limits = request.deadline(), limits or rules(None, request.threshold)
    changed = differences(old, new) if changed is None else changed
    names, added, absent = chosen(changed, new, request)
    sources = {new.name: new.sources(), old.name: _by_new_names(old.sources(), changed)}
    contents = files(old) | files(new)
    used = [sources[new.name][name].libraries() for name in (*names, *added)]
    require_unspoiled({"numpy"}.union(*used))
    machine, commit = environment.machine_info(), environment.commit_info()

    def worker(side: Side, name: str) -> ProcessWorker:
        patience_s = max(LEAST_PATIENCE, min(LEAST_PATIENCE_S, PATIENCE_SHARE * budget.left_s()))
        return ProcessWorker(sources[side.name][name], request.threads, patience_s, home=side.home)

    todo, begun_s = [sources[new.name][name] for name in (*names, *added)], request.budget_s - budget.left_s()
    until, compiling = budget.within(hard.SHARE * budget.left_s()), [worker(old, name) for name in names]
    with prepared(request.seed) as ready, ThreadPoolExecutor(1) as beside:
        cells = beside.submit(lambda: [*map(ready, request.cells if todo else ())])
        tried = hard.verify(new, todo, compiling, request.cells, request.seed, until, tell)
        wrong, found = {fault.impl for fault in tried.faults}, list[Finding]()
        names, added = ([name for name in group if name not in wrong] for group in (names, added))
        if names or added:
            gate = Gate(old, new, worker, limits, budget, tell, ready, lambda: require_intact(contents))
            if tried.unfinished:  # they would take their share of a larger budget, too
                gate.cost = 1 / (1 - hard.SHARE)
            found = gate.check(names, cells.result(), added)
    passing = {one.impl for one in found if not one.undecided and not one.alarms}
    late = [one for one in tried.unfinished if one.impl in passing]
    rest = hard.Hard(unfinished=late)
    if late and budget.left_s() > 2 * hard.LEAST_PATIENCE_S:
        todo = [sources[new.name][one.impl] for one in late]
        again = [worker(old, one.impl) for one in late if one.impl in names]
        rest = hard.verify(new, todo, again, request.cells, request.seed, budget, tell, tried.done)
    unchanged = [f"not measured, as it is unchanged and {reason}: {name}" for name, reason in absent.items()]
    return Report(
        old=old.name,
        new=new.name,
        threshold=limits.others.threshold,
        budget_s=request.budget_s,
        begun_s=begun_s,
        seed=request.seed,
        cells=[*request.cells],
        code="impls/" if new.points is None else "",
        differences=list(changed),
        findings=[*tried.faults, *found, *rest.faults, *rest.unfinished],
        caveats=unchanged,
        machine=machine,
        commit=commit,
    )


def _by_new_names(sources: Mapping[str, Source], changed: Sequence[Difference]) -> dict[str, Source]:
    """Return OLD's implementations, those that were renamed by their new names, too."""
    renamed = {one.impl: Source(one.impl, sources[one.was].path) for one in changed if one.was is not None}
    return {**sources, **renamed}


def chosen(changed: Sequence[Difference], new: Side, request: Request) -> tuple[list[str], list[str], dict[str, str]]:
    """Return the implementations on both sides that differ or that the request names, and those on NEW's side only.

    The third result are those that `--all` would add, but whose libraries aren't installed, with the reason.

    Raises:
        UnusableInput: If a requested name exists on neither side.
    """
    for name in request.names or ():
        known("--impl", name, [difference.impl for difference in changed])
    named = [one for one in changed if request.names is None or one.impl in request.names]
    added = [one.impl for one in named if one.only == new.name]
    both = [one for one in named if one.only is None]
    if request.names is not None:
        return [one.impl for one in both], added, {}
    sources = new.sources()
    absent = {
        one.impl: reason
        for one in both
        if request.everyone and not one.differs and (reason := sources[one.impl].missing()) is not None
    }
    names = [one.impl for one in both if one.differs or (request.everyone and one.impl not in absent)]
    return names, added, absent


@contextmanager
def prepared(seed: int) -> Iterator[Callable[[Cell], ReadyCell]]:
    """Yield a function that makes a cell's problem and reference gradient; the files are deleted afterwards."""
    made: dict[Cell, ReadyCell] = {}
    with scratch() as here:

        def ready(cell: Cell) -> ReadyCell:
            if cell not in made:
                folder = here / str(len(made))
                folder.mkdir()
                expected = set_up(cell, from_seed(seed), folder)
                rng, again = np.random.default_rng([seed, len(made)]), partial(_save, cell, seed, folder)
                made[cell] = ReadyCell(cell, folder, expected, rng, again)
            return made[cell]

        yield ready


def _save(cell: Cell, seed: int, folder: Path) -> None:
    problems.save(from_seed(seed)(cell), folder)
