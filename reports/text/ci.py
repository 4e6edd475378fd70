"""Reports of a check for people and CI services: terminal, Markdown, annotations, and the files."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gradrace.bench.gate.findings import Report
from gradrace.bench.results import UnusableInput
from gradrace.bench.scratch import replaced
from gradrace.reports.text.gate_text import alarm_text, cells, changed_file, headline, heads, left_out, notes, rows
from gradrace.reports.text.junit import junit
from gradrace.reports.text.markdown import bullets, table, text
from gradrace.reports.text.table import print_lines
from gradrace.reports.words import name_of

SUMMARY = "GITHUB_STEP_SUMMARY"
"""Environment variable of GitHub Actions that names the file whose Markdown is shown on the run's page."""

ACTIONS = "GITHUB_ACTIONS"
"""Environment variable that is set in GitHub Actions, which reads lines beginning with `::error` from the output."""


class Files(NamedTuple):
    """Files to write for CI services; None for those that weren't requested."""

    junit: Path | None = None
    json: Path | None = None
    markdown: Path | None = None


def show(report: Report, console: Console | None = None, *, verbose: bool = False) -> None:
    """Print the table, the notes and, last, the answer; in 80 columns.

    verbose: whether the table has a row for each of many cells that weren't compared, and the notes each reason.
    """
    console = console or Console()
    if found := rows(report, brief=not verbose):
        drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=0)
        names = heads(report)
        filled = [number for number in range(len(names)) if any(row[number] for row in found)]
        for number in filled:
            right = 2 <= number <= 4
            drawn.add_column(names[number], justify="right" if right else "left", no_wrap=number != 1, overflow="fold")
        for row in found:
            drawn.add_row(*(Text(row[number]) for number in filled))
        console.print(drawn)
        console.print()
    print_lines(console, notes(report, brief=not verbose))
    if not verbose and (number := left_out(report)):
        console.print(Text(f"--verbose lists the {cells(number)} that weren't compared."))
    console.print(Text(headline(report), style="bold"))


def markdown(report: Report) -> str:
    """Return a heading with the answer, the table, and the notes."""
    parts = [f"## gradrace: {text(report.new)} against {text(report.old)}", f"**{text(headline(report))}**"]
    if report.findings:
        parts.append(table(heads(report), rows(report), left=(0, 1, 5)))
    return "\n\n".join([*parts, bullets(notes(report))]).rstrip() + "\n"


def github_annotations(report: Report) -> list[str]:
    """Return a line for GitHub Actions for each alarm and each undecided cell, at the file that changed, if known."""
    lines = []
    for one in [*report.alarms, *report.undecided]:
        file = changed_file(report, one.impl)
        place = f"file={_property(file)}," if file else ""
        title = _property(f"{one.outcome}: {name_of(one.impl)}")
        level = "error" if one.alarms else "warning"
        lines.append(f"::{level} {place}title={title}::{_message(alarm_text(report, one))}")
    return lines


def write(report: Report, environ: Mapping[str, str], files: Files) -> None:
    """Write the requested files, and the summary and annotations if GitHub Actions runs.

    Raises UnusableInput if a requested file can't be written.
    """
    if environ.get(ACTIONS):
        for line in github_annotations(report):
            print(line)
    if files.json is not None:
        found = {"answer": report.answer} | _utf8(msgspec.to_builtins(report))
        _save(files.json, msgspec.json.format(msgspec.json.encode(found), indent=1))
    if files.junit is not None:
        _save(files.junit, junit(report))
    if files.markdown is not None:
        _save(files.markdown, markdown(report).encode())
    if summary := environ.get(SUMMARY):
        with suppress(OSError), Path(summary).open("ab") as stream:  # the summary is optional
            stream.write(markdown(report).encode())


def _utf8(value: Any) -> Any:
    """Return nested values in which text that isn't UTF-8, as names of files may be, has replacement characters."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_utf8(key): _utf8(one) for key, one in value.items()}
    return [*map(_utf8, value)] if isinstance(value, list | tuple) else value


def _save(file: Path, contents: bytes) -> None:
    try:
        with replaced(file) as stream:
            stream.write(contents)
    except OSError as error:
        raise UnusableInput(f"{file}: can't be written ({error.strerror}); name another file") from error


def _message(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(words: str) -> str:
    return _message(words).replace(":", "%3A").replace(",", "%2C")
