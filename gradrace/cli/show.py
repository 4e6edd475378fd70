"""The verbs list, doctor, explain and history."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from gradrace.cli.app import Out, app, argument, epilog, made, option, say_where


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

    from gradrace.reports.text.explain_text import show

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
