"""The verb run."""

from __future__ import annotations

import shlex
from datetime import datetime
from functools import partial
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gradrace.cli.app import (
    UNUSABLE,
    Call,
    Out,
    Printing,
    Scheduler,
    app,
    epilog,
    exit_if_faulty,
    flag,
    made,
    option,
    say,
)
from gradrace.cli.data_options import DataOptions
from gradrace.cli.run_options import Chosen, What

if TYPE_CHECKING:
    from gradrace.bench.results import Cell, Results, UnusableInput
    from gradrace.bench.run import Request
    from gradrace.reports.analysis.analysis import Analysis


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
        cell = min(cells, key=lambda cell: (min(cell.m, cell.n_x) < 2, cell.elements))
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
