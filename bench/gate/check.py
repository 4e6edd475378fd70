"""`gradrace check`: compare a checkout with a git revision, both measured in one run."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
from msgspec import structs

from gradrace.bench import problems
from gradrace.bench.gate import hard
from gradrace.bench.gate.code.changes import Difference, built, chosen, differences, outside, unseen
from gradrace.bench.gate.code.environments import (
    Environment,
    environment_of,
    here,
    in_environments,
    require_loadable,
    require_usable,
    unused,
)
from gradrace.bench.gate.code.repository import OURS, PROJECT, Checkout, Commit, checkout_of
from gradrace.bench.gate.code.sides import HARNESS, Side, Sides, files, require_intact, two_sides
from gradrace.bench.gate.findings import Finding, Report
from gradrace.bench.gate.limits import Rules, rules, rules_before
from gradrace.bench.gate.measure import END_S, Gate
from gradrace.bench.gate.verdicts import not_found
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

START_S, CELL_S = 60.0, 15.0
"""Usual budget in seconds: for compiling and the hard problems, and for each cell of each implementation.

A change of `numba_fused`, `numba_pixels` and `dask_blocks` with nothing compiled was decided after 245 s.
"""

LEAST_S, MOST_S = 120.0, 600.0
"""Smallest and largest usual budget in seconds."""

BUSIEST = 1.0
"""Load of each core from which on the usual budget is doubled.

Simulated at a load average of 8 on two cores, with recorded noise, 67 % of slowdowns of 10 % are found within 120 s,
and 92 % within 240 s. Of identical code, 4 and 32 % pass.
"""


@dataclass(frozen=True, slots=True)
class Request:
    """Options of a check.

    Attributes:
        threshold: Slowdown that passes, 0.05 for 5 %; None: as the project's pyproject.toml says, or the usual one.
        revision: Git revision that is OLD; None: the checkout in this environment.
        budget_s: Seconds of the whole check; None: as many as the number of changed implementations needs.
        names: Implementations to compare; None selects those that differ.
        environment: Virtual environment in which NEW runs; that of gradrace by default.
        everyone: Whether to compare all implementations, also the unchanged ones.
        repository: Folder in the checkout to compare.
        begun_ns: Time at which the budget began, on the clock of NEVER; None: now.
        load: Load average of each core of the machine before the check.
    """

    revision: str | None
    cells: Sequence[Cell]
    threshold: float | None
    budget_s: float | None
    threads: int
    seed: int
    names: Sequence[str] | None = None
    everyone: bool = False
    environment: Path | None = None
    repository: Path = ROOT
    begun_ns: int | None = None
    load: float = 0.0

    def seconds(self, implementations: int, begun_s: float = 0.0) -> float:
        """Return the budget, or the usual one for a number of implementations, and for the load, in whole tens.

        begun_s: seconds that are already used. Whole tens of them are added to the usual budget, as of a long build.
        """
        if self.budget_s is not None:
            return self.budget_s
        idle_s = max(LEAST_S, START_S + CELL_S * len(self.cells) * implementations)
        busy_s = idle_s * (1 + min(self.load, BUSIEST)) // 10 * 10
        return min(MOST_S, busy_s) + begun_s // 10 * 10

    def deadline(self, seconds: float) -> Deadline:
        """Return the end of a budget in seconds."""
        begun_ns = NEVER.clock() if self.begun_ns is None else self.begun_ns
        return Deadline(NEVER.clock, begun_ns + seconds * 1e9)


class Tell(Protocol):
    """Callback for progress: the current activity, and the seconds until the end of the budget, once it is known."""

    def __call__(self, what: str, left_s: float | None = None, /) -> None:
        """Show the activity."""


def check(request: Request, tell: Tell) -> Report:
    """Check the checkout against the revision and remove all temporary files.

    Raises UnusableInput as `checkout_of`, `Checkout.commit` and `two_sides` do.
    """
    request = replace(request, begun_ns=request.begun_ns or NEVER.clock())
    until = request.deadline(request.budget_s or MOST_S).sooner(END_S)
    checkout = checkout_of(request.repository, until)
    commit = None if request.revision is None else checkout.commit(request.revision)
    own = rules(checkout.project(), request.threshold)
    limits = own.stricter(rules_before(checkout.contents_at(commit, PROJECT), request.threshold)) if commit else own
    environments = (here(), environment_of(request.environment, until)) if request.environment else None
    now = checkout.described()
    told = [str(commit or now), now]
    with two_sides(commit, checkout, request.environment, until) as sides:
        changed = _changed(sides, commit, checkout, environments, until)
        for name in own.named:
            known(f"{PROJECT}: [tool.gradrace.check.impl.{name}]", name, [one.impl for one in changed])
        caveats = [*_caveats(checkout, commit, sides, changed)]
        if commit and any(limits.of(one.impl) != own.of(one.impl) for one in changed):
            caveats.append(f"{PROJECT} loosens limits: {commit.name}'s stricter ones apply until the change is merged")
        report = check_sides(sides.old, sides.new, request, tell, changed, limits)
    caveats += _in_detail(report, request, checkout)
    if environments:
        told = [f"{side}, in {one.executable}" for side, one in zip(told, environments, strict=True)]
        caveats += unused(changed, *environments)
    within = checkout.folder.relative_to(checkout.top)
    code = "" if within == Path() else f"{within.as_posix()}/"
    return structs.replace(report, sides=told, caveats=[*report.caveats, *caveats], code=code + report.code)


def _changed(
    sides: Sides,
    commit: Commit | None,
    checkout: Checkout,
    environments: tuple[Environment, Environment] | None,
    until: Deadline = NEVER,
) -> list[Difference]:
    """Return the differences of each implementation, in its files and in the packages that it uses.

    Raises UnusableInput if no implementation can be loaded, or if a sparse checkout leaves out a file of a project's
    implementations.
    """
    if sides.harness or (checkout.is_gradrace and environments is None and not _is_home(checkout)):
        require_loadable(sides.new, _to_load(checkout, commit), until)
    found = differences(sides.old, sides.new)
    if commit:
        found = outside(found, sides, commit, checkout)
    if commit and not checkout.is_gradrace:
        found = built(found, commit, checkout)
        read = {f"/{file}" for one in found for file in one.files}
        checkout.require_whole(lambda name: any(f"/{name}".endswith(file) for file in read))
    if environments is None:
        return found
    require_usable(sides.new, until)
    return in_environments(found, sides.new, *environments)


def _caveats(checkout: Checkout, commit: Commit | None, sides: Sides, changed: Sequence[Difference]) -> Iterator[str]:
    """Yield what a reader needs to know about the checkout, and what differs but isn't compared."""
    if commit:
        yield from unseen(sides, changed, commit, checkout)
        if checkout.head == commit.hash:
            yield f"{commit.name} is the commit that is checked out: only uncommitted changes are compared"
        elif (fork := checkout.fork(commit)) is not None:
            yield f"{commit.name} has changes that this checkout lacks; `--against {fork[:12]}` leaves them out"
    if checkout.is_gradrace and not _is_home(checkout):
        yield f"both sides are measured by the gradrace in {_home()}"
    elif commit and checkout.is_gradrace and any(name.startswith("bench/") for name in checkout.changed_files(commit)):
        yield (
            f"bench/, which measures both sides, differs from {commit.name}, too; to measure without this change, "
            f"install gradrace from {commit.name} elsewhere and call it with --repo {shlex.quote(str(checkout.folder))}"
        )


def _in_detail(report: Report, request: Request, checkout: Checkout) -> Iterator[str]:
    """Yield the command that shows each problem on which this checkout is wrong, if `gradrace` is this checkout."""
    wrong = dict.fromkeys(one.impl for one in report.alarms if one.problem)
    if wrong and request.environment is None and checkout.is_gradrace and _is_home(checkout):
        seed = f" --seed {request.seed}" if request.seed else ""
        yield f"`gradrace verify --impl {','.join(wrong)} --threads {request.threads}{seed}` shows each wrong problem"


def _to_load(checkout: Checkout, commit: Commit | None) -> str:
    """Return what to do if no implementation of a checkout of gradrace can be loaded.

    Either it has changed files that every worker imports, or it doesn't fit the gradrace that measures, as an old one.
    """
    if commit is not None and not checkout.fork(commit):
        every = {(OURS / name).as_posix() for name in HARNESS}
        if changed := sorted(every & {*checkout.changed_files(commit)}):
            return f"mend {', '.join(changed)}"
    own = f"`pip install -e {shlex.quote(str(checkout.folder))}` in a new environment"
    return (
        f"it doesn't fit the gradrace in {_home()}; use its own, by {own}, or check out a newer commit, which "
        "--against may compare with any other"
    )


def _is_home(checkout: Checkout) -> bool:
    """Return whether a checkout is the gradrace that measures."""
    return checkout.folder.resolve() == _home()


def _home() -> Path:
    """Return the folder that this gradrace is installed in."""
    return (ROOT / "gradrace").resolve().parent


def check_sides(
    old: Side,
    new: Side,
    request: Request,
    tell: Tell,
    changed: Sequence[Difference] | None = None,
    limits: Rules | None = None,
) -> Report:
    """Compare two folders of implementations.

    changed: their differences; found out by default.
    limits: limits of the implementations; the request's threshold and the usual ones by default.
    """
    limits = limits or rules(None, request.threshold)
    changed = differences(old, new) if changed is None else changed
    names, added, absent = chosen(changed, new, request.names, everyone=request.everyone)
    budget_s = request.seconds(len(names) + len(added), -request.deadline(0).left_s())
    budget = request.deadline(budget_s)
    sources = {new.name: new.sources(), old.name: _by_new_names(old.sources(), changed)}
    used = [sources[new.name][name].libraries() for name in (*names, *added)]
    require_unspoiled({"numpy"}.union(*used))
    lost = [one for one in changed if one.moved and request.names is None]
    found = [each for one in lost for each in not_found(one, request.cells, named=new.points is not None)]
    machine, commit, begun_s = environment.machine_info(), environment.commit_info(), budget_s - budget.left_s()
    if used:
        tell(f"implementations to compare: {len(used)}, within {budget_s:g} s", budget.left_s())
        found += _Procedure(old, new, request, tell, limits, budget, sources).findings(names, added)
    return Report(
        old=old.name,
        new=new.name,
        threshold=limits.others.threshold,
        budget_s=budget_s,
        begun_s=begun_s,
        seed=request.seed,
        cells=[*request.cells],
        code="impls/" if new.points is None else "",
        differences=list(changed),
        findings=found,
        caveats=[f"not measured, as it is unchanged and {reason}: {name}" for name, reason in absent.items()],
        machine=machine,
        commit=commit,
    )


@dataclass(frozen=True, slots=True)
class _Procedure:
    """Procedure of a check: the hard problems in a share of the budget, pairs, and the hard problems that are left.

    Attributes:
        sources: Implementations of each side by its name.
    """

    old: Side
    new: Side
    request: Request
    tell: Tell
    limits: Rules
    budget: Deadline
    sources: Mapping[str, Mapping[str, Source]]

    def findings(self, names: Sequence[str], added: Sequence[str]) -> list[Finding]:
        """Return the findings of implementations on both sides, and of those on NEW's side only."""
        contents = files(self.old) | files(self.new)
        with prepared(self.request.seed) as ready, ThreadPoolExecutor(1) as beside:
            cells = beside.submit(lambda: [*map(ready, self.request.cells)])
            tried = self._hard([*names, *added], names, self.budget.within(hard.SHARE * self.budget.left_s()))
            wrong, found = {fault.impl for fault in tried.faults}, list[Finding]()
            names, added = ([name for name in group if name not in wrong] for group in (names, added))
            if names or added:
                intact = partial(require_intact, contents)
                gate = Gate(self.old, self.new, self._worker, self.limits, self.budget, self.tell, ready, intact)
                if tried.unfinished:  # they would take their share of a larger budget, too
                    gate.cost = 1 / (1 - hard.SHARE)
                found = gate.check(names, cells.result(), added)
        passing = {one.impl for one in found if not one.undecided and not one.alarms}
        rest = self._later(tried, [one for one in tried.unfinished if one.impl in passing], names)
        return [*tried.faults, *found, *rest.faults, *rest.unfinished]

    def _later(self, tried: hard.Hard, late: Sequence[Finding], names: Sequence[str]) -> hard.Hard:
        """Verify implementations that pass on the hard problems for which there was no time before."""
        if not late or self.budget.left_s() <= 2 * hard.LEAST_PATIENCE_S:
            return hard.Hard(unfinished=late)
        todo = [one.impl for one in late]
        return self._hard(todo, [name for name in todo if name in names], self.budget, tried.done)

    def _hard(self, todo: Sequence[str], compiling: Sequence[str], until: Deadline, first: int = 0) -> hard.Hard:
        """Verify NEW's implementations on the hard problems from number `first` on, while OLD's compile."""
        sources = [self.sources[self.new.name][name] for name in todo]
        old = [self._worker(self.old, name) for name in compiling]
        cells, seed = self.request.cells, self.request.seed
        return hard.verify(self.new, sources, old, cells, seed, until, self.tell, first, self.budget)

    def _worker(self, side: Side, name: str) -> ProcessWorker:
        patience_s = max(LEAST_PATIENCE, min(LEAST_PATIENCE_S, PATIENCE_SHARE * self.budget.left_s()))
        return ProcessWorker(
            self.sources[side.name][name], self.request.threads, patience_s, home=side.home, until=self.budget
        )


def _by_new_names(sources: Mapping[str, Source], changed: Sequence[Difference]) -> dict[str, Source]:
    """Return OLD's implementations, those that were renamed by their new names, too."""
    renamed = {one.impl: Source(one.impl, sources[one.was].path) for one in changed if one.was is not None}
    return {**sources, **renamed}


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
