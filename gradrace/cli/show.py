"""The verbs list, doctor, explain, report and history."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gradrace.cli.app import Out, Printing, app, argument, epilog, made, option, say, say_where

if TYPE_CHECKING:
    from gradrace.bench.results import Results

Ops = Literal["median", "min"]


@app.command("list")
def list_() -> None:
    """List the implementations: technique, devices, one line of description, and why one is unavailable."""
    from gradrace.impls.discovery import everyone
    from gradrace.reports.text.listing import show

    show([*everyone().values()])


@app.command()
def doctor() -> None:
    """Report what disturbs measurements on this machine, its effect, and what to do. This changes nothing."""
    from gradrace.bench.machine.doctor import examine
    from gradrace.reports.text.doctor_text import show

    show(examine())


@app.command(epilog=epilog("explain numpy_vectorized", "explain numba_fused --results cost/results.json"))
def explain(
    impl: Annotated[str, argument("IMPL", "One implementation, or a file such as mine.py.")],
    results: Annotated[
        Path | None, option("FILE", "Show its times in this run, and its cost model if there are many sizes.")
    ] = None,
) -> None:
    """Show an implementation's code beside the lecture's formulas; with --results, its times too."""
    from gradrace import selection
    from gradrace.bench.results_file import read
    from gradrace.impls.discovery import HERE

    source, measured = selection.one(impl), read(results) if results else None

    from gradrace.reports.text.explained import show

    show(source, measured)
    if results is None:
        able, word = source.devices(), shlex.quote(impl)
        device = "" if "cpu" in able else f" --device {able[0]}"
        if source.path.parent != HERE:
            typer.echo("Formulas go by the names that lines assign. To prove that the code is right:")
            typer.echo(f"    gradrace verify --impl {word}{device}")
        typer.echo("For its cost model:")
        typer.echo(f"    gradrace run --grid full --budget 90 --impl {word}{device} --out cost")
        typer.echo(f"    gradrace explain {word} --results cost/results.json")


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

    from gradrace.reports.analysis.analysis import Analysis, analyses
    from gradrace.reports.report import write_report, write_side_by_side
    from gradrace.reports.text.terminal import show_side_by_side

    own = found[0] if found[0].is_dir() else found[0].parent
    folder = out or (own if len(several) == 1 else options.new_folder(datetime.now()))
    make_folder(folder)
    if len(several) == 1:
        run = Analysis(several[0])
        write_report(run, folder)
        printing.show(run, folder)
    else:
        each = analyses(several, [str(file).removesuffix(f"/{RESULTS}") for file in found])
        write_side_by_side(each, folder)
        show_side_by_side(each, most=0 if printing.quiet else None if printing.verbose else 1)
        say_where(folder)
    selection.require_some_measured(several)


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


@app.command(epilog=epilog("history runs", "history nightly --out site"))
def history(
    folder: Annotated[Path, argument("DIR", "Folder of runs: every file of results in it or its subfolders is read.")],
    out: Out = None,
) -> None:
    """Show shares of the limit over many runs, and the commit from which an implementation became slower or faster.

    Writes report.md, figures and a page to DIR/history, or to --out. The exit status is 2 if there are too few runs to
    show a change.
    """
    from gradrace.bench.results import UnusableInput

    if not folder.is_dir():
        raise UnusableInput(f"{folder}: not a folder; name one with runs in it")
    into = out or folder / "history"
    with made(into):
        from gradrace.reports.history.history_report import write_report
        from gradrace.reports.text.table import show_sentences

        told = write_report(folder, into)
        show_sentences(told.sentences)
    say_where(into)
    if told.too_few:
        raise UnusableInput(f"{folder}: {told.too_few}")
