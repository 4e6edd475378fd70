"""The verb report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gradrace.cli.app import Out, Printing, app, argument, epilog, option, say, say_where

if TYPE_CHECKING:
    from gradrace.bench.results import Results

Ops = Literal["median", "min"]


@app.command(epilog=epilog("report runs/20261126-093000", "report laptop.json server.json --out beside"))
def report(
    *,
    files: Annotated[
        list[Path],
        argument(
            "RUN", "A run's folder, its results.json, JSON of `pytest bench/ --benchmark-json`, or a folder of these."
        ),
    ],
    out: Out = None,
    export: Annotated[
        Path | None, option("FILE", "Write the run without the limit, for tools that read pytest-benchmark.")
    ] = None,
    ops: Annotated[
        Ops | None, typer.Option(help="Statistic of the seconds whose inverse is `ops` in --export; median by default.")
    ] = None,
    printing: Printing,
) -> None:
    """Write the report of saved results again, to their own folder or to --out.

    Several results are shown side by side, in a new folder or in --out. The exit status is 2 if they hold no
    measurement.
    """
    from gradrace import options, selection
    from gradrace.bench.results_file import RESULTS, files_of, make_folder, read

    printing.check()
    if export is None:
        options.refuse_given("{} is for --export; name that too, or leave it out", ops=ops)
    found, empty = files_of(files)
    if empty:
        say(f"without results, and left out: {', '.join(map(str, empty))}")
    several = [read(file) for file in found]
    if export is not None:
        options.refuse_given("--export writes only its file; leave out {}", out=out, **asdict(printing))
        _export(found, several, export, ops or "median")
        return
    own = found[0] if found[0].is_dir() else found[0].parent
    folder = out or (own if len(several) == 1 else options.new_folder(datetime.now()))
    make_folder(folder)
    if len(several) == 1:
        _report_one(several[0], folder, printing)
    else:
        _report_side_by_side(several, [str(file).removesuffix(f"/{RESULTS}") for file in found], folder, printing)
    selection.require_some_measured(several)


def _report_one(results: Results, folder: Path, printing: Printing) -> None:
    """Write the report of a run to a folder, and print it."""
    from gradrace.reports.analysis.analysis import Analysis
    from gradrace.reports.report import write_report

    run = Analysis(results)
    write_report(run, folder)
    printing.show(run, folder)


def _report_side_by_side(several: Sequence[Results], names: Sequence[str], folder: Path, printing: Printing) -> None:
    """Write the report of several runs with these names to a folder, and print it."""
    from gradrace.reports.analysis.analysis import analyses
    from gradrace.reports.report import write_side_by_side
    from gradrace.reports.text.terminal import show_side_by_side

    each = analyses(several, names)
    write_side_by_side(each, folder)
    show_side_by_side(each, most=0 if printing.quiet else None if printing.verbose else 1)
    say_where(folder)


def _export(found: Sequence[Path], several: Sequence[Results], file: Path, ops: Ops) -> None:
    """Write one run for other tools. Raises UnusableInput for several, or if its own file would be overwritten."""
    from msgspec.structs import replace

    from gradrace import options, selection
    from gradrace.bench.results import FLOORS, UnusableInput
    from gradrace.bench.results_file import RESULTS, write

    if len(several) != 1:
        raise UnusableInput(f"--export: RUN is {len(several)} runs; name one of them, such as {found[0]}")
    if file.exists() and file.samefile(found[0] / RESULTS if found[0].is_dir() else found[0]):
        raise UnusableInput(f"--export: {file} is the run itself, which would lose the limit; name another file")
    selection.require_measured(several[0], "")
    options.writable("--export", file)
    kept = [one for one in several[0].measurements if one.impl not in FLOORS]
    write(file, replace(several[0], measurements=kept), ops)
    typer.echo(f"Exported: {file}")
