"""Hooks of MkDocs: generate the page of the command line from the command line itself."""

from __future__ import annotations

from typing import Any

from mkdocs.structure.files import File, Files

PAGE = "reference/command-line.md"


def on_files(files: Files, config: Any) -> Files:
    """Add the page."""
    files.append(File.generated(config, PAGE, content=command_line()))
    return files


def command_line() -> str:
    """Return the description of every verb and option, as Typer writes it."""
    import typer
    from typer.cli import get_docs_for_click

    from gradrace.cli.main import app, register

    register()
    command = typer.main.get_command(app)
    return get_docs_for_click(obj=command, ctx=typer.Context(command), name="gradrace", title="Command line")
