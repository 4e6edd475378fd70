"""The verbs list, doctor, explain, report and history."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from gradrace.cli.app import Out, Quiet, Verbose, app, epilog, made, say_where, show_results


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
    impl: Annotated[str, typer.Argument(metavar="IMPL", help="One implementation, or a file such as mine.py.")],
    results: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Show the cost model too, from a results.json of many sizes.")
    ] = None,
) -> None:
    """Show an implementation's code beside the lecture's formulas; with --results, its cost model too."""
    from gradrace import selection
    from gradrace.bench.results_file import read

    source, measured = selection.one(impl), read(results) if results else None

    from gradrace.reports.text.explained import show

    show(source, measured)
    if results is None:
        able = source.devices()
        device = "" if "cpu" in able else f" --device {able[0]}"
        typer.echo(f"For its cost model: gradrace run --grid full --budget 90 --impl {impl}{device} --out cost")
        typer.echo(f"              then: gradrace explain {impl} --results cost/results.json")


@app.command(
    epilog=epilog(
        "report runs/20261126-093000",
        "report laptop.json server.json --out beside",
    )
)
def report(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...", help="A run's folder, its results.json, or a file of `pytest bench/ --benchmark-json`."
        ),
    ],
    out: Out = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Write the report of saved results again, to their own folder or to --out.

    Several results are shown side by side, in a new folder or in --out.
    """
    from gradrace import options
    from gradrace.bench.results_file import make_folder, read

    options.refuse_given("--quiet prints only the answer; leave out {}", verbose=quiet and verbose)
    several = [read(file) for file in files]

    from gradrace.reports.analysis.analysis import Analysis
    from gradrace.reports.report import write_report, write_side_by_side
    from gradrace.reports.text.terminal import show_side_by_side

    own = files[0] if files[0].is_dir() else files[0].parent
    folder = out or (own if len(files) == 1 else options.new_folder(datetime.now()))
    make_folder(folder)
    if len(several) == 1:
        run = Analysis(several[0])
        write_report(run, folder)
        show_results(run, folder, verbose=verbose, quiet=quiet)
    else:
        write_side_by_side(several, folder)
        show_side_by_side(several, most=0 if quiet else None if verbose else 1)
        say_where(folder)


@app.command(epilog=epilog("history runs", "history nightly --out site"))
def history(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of runs: every results.json in it or its subfolders is read.")
    ],
    out: Out = None,
) -> None:
    """Show shares of the limit over many runs, and the commit from which an implementation became slower or faster.

    Writes report.md, figures and a page to DIR/history, or to --out.
    """
    from gradrace.bench.results import UnusableInput

    if not folder.is_dir():
        raise UnusableInput(f"{folder}: no such folder; name one with runs in it")
    into = out or folder / "history"
    with made(into):
        from gradrace.reports.history.history_report import write_report
        from gradrace.reports.text.table import show_sentences

        show_sentences(write_report(folder, into))
    say_where(into)
