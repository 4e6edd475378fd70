"""The verb run."""

from __future__ import annotations

import shlex
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from gradrace.cli.app import (
    UNUSABLE,
    Call,
    Device,
    Dtypes,
    Impl,
    Ms,
    Nxs,
    Out,
    Printing,
    Scheduler,
    Threads,
    app,
    epilog,
    exit_if_faulty,
    flag,
    made,
    option,
    say,
    whole,
)
from gradrace.cli.data_options import DataOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradrace.bench.problems import Make
    from gradrace.bench.race.sizes import Stage
    from gradrace.bench.results import Cell, Results, UnusableInput
    from gradrace.bench.run import Request
    from gradrace.impls.discovery import Source
    from gradrace.reports.analysis.analysis import Analysis

REPORT_S = 3.0
"""Seconds of the budget that are reserved for the report and its figures."""


@dataclass(frozen=True, kw_only=True)
class What:
    """Options of `run` that say what is measured: the implementations, their sizes or data, and the problems."""

    m: Ms = ""
    nx: Nxs = ""
    impl: Impl = "all"
    against: Annotated[str, option("NAME", "Compare --impl with this implementation, size by size.")] = ""
    dtype: Dtypes = "float64"
    device: Device = "cpu"
    threads: Threads = None
    seed: Annotated[int, whole("Seed of the problems and of the order in rounds.", 0)] = 0
    pixels: Annotated[bool, flag("--pixels", "X of pixels, one byte each, scaled by 1/255.")] = False
    grid: Annotated[str, option("NAME", "default, or full: m × n_x in half decades.")] = "default"
    data: Annotated[str, option("SOURCE", "Real data, from any source of `train`.")] = ""
    like: Annotated[Path | None, option("FILE", "Repeat the run of this results.json, and compare with it.")] = None

    def refuse_ignored(self, about: DataOptions) -> None:
        """Raise UnusableInput if an option, such as one for reading --data, is given without effect."""
        from gradrace import options

        sized = {"m": self.m, "nx": self.nx, "grid": self.grid != "default", "pixels": self.pixels}
        if self.like:
            sized |= {"data": self.data, "against": self.against}
            options.refuse_given("--like has sizes of its own; leave out {}", **sized)
            others = {"dtype": self.dtype != "float64", "device": self.device != "cpu", "seed": self.seed}
            options.refuse_given("--like repeats the other run's {}; leave that out", **others)
        elif self.data:
            options.refuse_given("--data has sizes of its own; leave out {}", **sized)
        about.refuse_without(self.data)

    def chosen(self, about: DataOptions) -> Chosen:
        """Return what is measured. Raises UnusableInput if the options name nothing that can be measured."""
        from gradrace import options

        threads, few = options.threads(self.threads), bool(self.against)
        cells, stage = options.raced(self.grid, self.m, self.nx, self.dtype, threads, pixels=self.pixels, few=few)

        from gradrace import selection

        devices, seed, real, theirs = selection.devices(self.device), self.seed, None, None
        sources = selection.chosen_sources(self.impl, devices)
        rival = selection.rival(self.against, sources, devices)
        if self.like:
            from gradrace.bench.results_file import read

            theirs = read(self.like)
            cells, sources, seed, missing = selection.repeating(theirs, threads, self.impl)
            _name_missing(missing)
        elif self.data:
            cells, real = about.raced(self.data, options.dtypes(self.dtype), threads, seed)
        sources = _able(sources, rival, cells, self.impl, self.against)
        optional = selection.optional(sources, self.impl)
        return Chosen(sources, optional, [source.name for source in rival], cells, stage, threads, seed, real, theirs)


class Chosen(NamedTuple):
    """Implementations, cells and problems of a run: fields of its `Request`, and what it is compared with.

    rivals: names of the implementations of --against. real: name of real data, and the function that makes their cases.
    theirs: results of the run that --like repeats.
    """

    sources: list[Source]
    optional: list[str]
    rivals: list[str]
    cells: list[Cell]
    stage: Stage
    threads: int
    seed: int
    real: tuple[str, Make] | None
    theirs: Results | None

    def request(self, budget_s: float, precision: float, begun_ns: int) -> Request:
        """Return the request for the run, after printing what disturbs this machine."""
        warnings = _warned()
        from gradrace.bench.run import Request

        return Request(
            sources=self.sources,
            cells=self.cells,
            budget_s=budget_s,
            seed=self.seed,
            threads=self.threads,
            stage=self.stage,
            data=self.real,
            warnings=warnings,
            precision=precision,
            begun_ns=begun_ns,
            report_s=min(REPORT_S, budget_s / 4),
            optional=self.optional,
        )


@app.command(
    epilog=epilog(
        "run --m 1000,100000 --nx 100 --budget 20",
        "run --impl mine.py --against numba_fused",
        "run --grid full --budget 900 --out cost",
        "run --grid full --budget 900 --out cost --resume",
        "run --like results.json",
    )
)
def run(
    *,
    context: typer.Context,
    what: What,
    budget: Annotated[
        float | None, option("SECONDS", "Wall-clock seconds for the whole run; 60 by default, 20 with --against.")
    ] = None,
    precision: Annotated[float, option("PERCENT", "Finish a size once its ratios are known to ± this.")] = 5.0,
    about: DataOptions,
    scheduler: Scheduler = "",
    resume: Annotated[bool, flag("--resume", "Resume the interrupted run in --out.")] = False,
    out: Out = None,
    printing: Printing,
) -> None:
    """Verify and time implementations: print the answer and a table, write results, figures and a page to a folder.

    The default sizes are m from 10 to 100,000 at n_x = 100, n_x from 10 to 12,288 at m = 1000, and the slide's own
    case of 209 images with 12,288 pixels. With --against they are 10 × 10, 1000 × 100 and the slide's own case. With
    --data they are growing fractions of the examples, then all of them. The full grid, for the cost model, needs 600 s
    or more; a smaller budget measures a coarser grid. The exit status is 1 if an implementation was wrong, failed, or
    was faster than the limit.
    """
    from gradrace import options

    call: Call = context.obj
    printing.check()
    seconds = options.budget_s((20.0 if what.against else 60.0) if budget is None else budget)
    narrow = options.positive("--precision", precision) / 100
    what.refuse_ignored(about)
    folder = options.resumed_folder(out) if resume else out or options.new_folder(datetime.now())
    options.scheduler(scheduler)
    chosen = what.chosen(about)
    request = chosen.request(seconds, narrow, call.begun_ns)

    from gradrace import selection
    from gradrace.bench.results_file import RESULTS

    with call.resumable(folder / RESULTS, out=str(folder)):
        raced, unwritten = _race(request, chosen, folder, what.impl, resume=resume)
        printing.show(raced, None if unwritten else folder)
    if unwritten:
        say(str(unwritten))
    _offer(raced.results, request, {"data": what.data, **about.given()} if what.data else {})
    selection.require_measured(raced.results, what.impl)
    exit_if_faulty(raced.results.absences)
    if unwritten:
        raise typer.Exit(UNUSABLE)


def _able(chosen: list[Source], rival: list[Source], cells: Sequence[Cell], impl: str, against: str) -> list[Source]:
    """Return the implementations that race in these cells, the rival among them. Raises UnusableInput if one can't."""
    from gradrace import selection

    if not any(cell.pixels for cell in cells):
        chosen = selection.without_pixels(chosen, impl)
    selection.require_possible(chosen, impl, cells[:1])
    if rival:
        selection.require_possible(rival, against, cells[:1], "--against")
    chosen = [*chosen, *(source for source in rival if source not in chosen)]
    selection.require_fair(chosen)
    return chosen


def _warned() -> list[str]:
    """Print and return what disturbs this machine; import the run meanwhile: both take half a second."""
    from gradrace.bench.machine.doctor import warnings

    with ThreadPoolExecutor(1) as beside:
        watched = beside.submit(warnings)
        import gradrace.bench.run
        import gradrace.reports.analysis.analysis  # noqa: F401
        from gradrace.reports.text.doctor_text import warn
    return warn(watched.result())


def _name_missing(names: Sequence[str]) -> None:
    """Name the implementations of a repeated run that don't exist here."""
    from gradrace.reports.words import plain

    if names:
        there = ", ".join(plain(name, 80) for name in names)
        typer.echo(f"--like: these implementations of that run aren't here: {there}; add a file with --impl", err=True)


def _race(
    request: Request, chosen: Chosen, folder: Path, impl: str, *, resume: bool
) -> tuple[Analysis, UnusableInput | None]:
    """Race, and write the report to the folder; return the run, and why the report couldn't be written, or None.

    Its results are in the folder by then.
    """
    from gradrace import selection
    from gradrace.bench.results import UnusableInput
    from gradrace.bench.results_file import RESULTS
    from gradrace.bench.run import run as run_race
    from gradrace.reports.text.progress import progress

    if resume and not (folder / RESULTS).exists():
        typer.echo(f"--resume: {folder} has no {RESULTS}; the run starts from the beginning", err=True)
    load = partial(import_module, "gradrace.reports.report")
    with made(folder), progress(request.begun_ns, request.deadline()) as tell:
        results = run_race(request, folder, tell, resume=resume, meanwhile=load)
        if selection.is_empty(results):
            selection.require_measured(results, impl)
        tell(None, "drawing the report")
        from gradrace.reports.analysis.analysis import Analysis
        from gradrace.reports.report import write_report

        run = Analysis(results, rivals=chosen.rivals, theirs=chosen.theirs)
        try:
            write_report(run, folder)
        except UnusableInput as refusal:
            cause, _, _ = str(refusal).rpartition("; ")
            step = f"then {shlex.join(['gradrace', 'report', str(folder)])}"
            return run, UnusableInput(f"{cause}; {folder / RESULTS} holds the results: make room, {step}")
    return run, None


def _offer(results: Results, request: Request, data: dict[str, str | bool]) -> None:
    """Print, for each implementation with a wrong gradient, the command that verifies it on the same problem.

    The problem is the smallest wrong one, which is the quickest to narrow. One of a single example or feature shows
    next to nothing, and is taken last.
    """
    from gradrace import selection
    from gradrace.bench.machine.available import cores
    from gradrace.bench.results import ON_GPU

    wrong: dict[str, list[Cell]] = {}
    for one in results.absences:
        if one.outcome == "wrong" and one.stage.startswith("verify") and one.cell is not None:
            wrong.setdefault(one.impl, []).append(one.cell)
    for name, cells in wrong.items():
        cell = min(cells, key=lambda cell: (min(cell.m, cell.n_x) < 2, cell.m * cell.n_x))
        given = {
            "impl": selection.word(name, request.sources),
            **data,
            "m": cell.m,
            "nx": not data and cell.n_x,
            "dtype": cell.dtype,
            "device": name.endswith(ON_GPU) and "cuda",
            "seed": request.seed,
            "threads": cell.threads != cores() and cell.threads,
            "pixels": not data and cell.pixels,
            "quick": True,  # 1.1 s of CPU instead of 8.8: the hard problems say nothing of this one
        }
        words = [[f"--{option}", *([] if value is True else [str(value)])] for option, value in given.items() if value]
        typer.echo(f"To see where its error begins: {shlex.join(['gradrace', 'verify', *chain(*words)])}")
