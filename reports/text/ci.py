"""Reports of a check for people and CI services: terminal, Markdown, annotations, JUnit, JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gradrace.bench.gate.findings import Finding, Report
from gradrace.bench.results import UnusableInput
from gradrace.reports.text.gate_text import HEADS, cell_name, headline, interval_of, notes, ratio, rows
from gradrace.reports.text.markdown import bullets, table, text
from gradrace.reports.words import name_of, plain

SUMMARY = "GITHUB_STEP_SUMMARY"
"""Environment variable of GitHub Actions that names the file whose Markdown is shown on the run's page."""

ACTIONS = "GITHUB_ACTIONS"
"""Environment variable that is set in GitHub Actions, which reads lines beginning with `::error` from the output."""

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def show(report: Report, console: Console | None = None) -> None:
    """Print the table, the notes and, last, the answer; in 80 columns."""
    console = console or Console()
    if report.findings:
        drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
        for number, head in enumerate(HEADS):
            right = 2 <= number <= 4
            drawn.add_column(head, justify="right" if right else "left", no_wrap=number != 1, overflow="fold")
        for row in rows(report):
            drawn.add_row(*map(Text, row))
        console.print(drawn)
        console.print()
    for line in notes(report):
        console.print(Text(line))
    console.print(Text(headline(report), style="bold"))


def markdown(report: Report) -> str:
    """Return a heading with the answer, the table, and the notes."""
    parts = [f"## gradrace: {text(report.new)} against {text(report.old)}", f"**{text(headline(report))}**"]
    if report.findings:
        parts.append(table(HEADS, rows(report), left=(0, 1, 5)))
    return "\n\n".join([*parts, bullets(notes(report))]).rstrip() + "\n"


def github_annotations(report: Report) -> list[str]:
    """Return a line for GitHub Actions for each alarm, and for each undecided cell, at the implementation's file."""
    lines = []
    for one in [*report.alarms, *report.undecided]:
        file, title = _property(f"impls/{name_of(one.impl)}.py"), _property(f"{one.outcome}: {name_of(one.impl)}")
        level = "error" if one.alarms else "warning"
        lines.append(f"::{level} file={file},title={title}::{_message(_alarm(report, one))}")
    return lines


def junit(report: Report) -> bytes:
    """Return JUnit XML with a test case for each finding: failed if it is an alarm, skipped if it is undecided."""
    suite = ET.Element("testsuite", name="gradrace", tests=str(len(report.findings)))
    suite.set("failures", str(len(report.alarms)))
    suite.set("skipped", str(len(report.undecided)))
    for one in report.findings:
        case = ET.SubElement(suite, "testcase", classname=_xml(one.impl), name=_xml(cell_name(report, one)))
        if one.alarms:
            ET.SubElement(case, "failure", type=one.outcome, message=_xml(_alarm(report, one)))
        elif one.undecided:
            ET.SubElement(case, "skipped", message=_xml(f"{one.outcome}: {one.reason or ''}"))
        elif one.ratio is not None:
            ET.SubElement(case, "system-out").text = _xml(_measured(one))
    ET.indent(suite)
    return bytes(ET.tostring(suite, encoding="utf-8", xml_declaration=True))


def write(report: Report, environ: Mapping[str, str], junit_file: Path | None, json_file: Path | None) -> None:
    """Write the requested files, and the summary and annotations if GitHub Actions runs.

    Raises UnusableInput if a requested file can't be written.
    """
    if environ.get(ACTIONS):
        for line in github_annotations(report):
            print(line)
    if json_file is not None:
        _save(
            json_file,
            msgspec.json.format(msgspec.json.encode({"answer": report.answer} | msgspec.to_builtins(report)), indent=1),
        )
    if junit_file is not None:
        _save(junit_file, junit(report))
    if summary := environ.get(SUMMARY):
        with suppress(OSError), Path(summary).open("ab") as stream:  # the summary is optional
            stream.write(markdown(report).encode())


def _save(file: Path, contents: bytes) -> None:
    try:
        file.write_bytes(contents)
    except OSError as error:
        raise UnusableInput(f"{file}: can't be written ({error.strerror}); name another file") from error


def _alarm(report: Report, finding: Finding) -> str:
    where = f"{name_of(finding.impl)} at {cell_name(report, finding)}"
    if finding.outcome == "slower":
        return f"{where} is slower: {_measured(finding)}"
    return f"{where}: {plain(finding.reason or finding.outcome)}"


def _measured(finding: Finding) -> str:
    return f"{ratio(finding.ratio)} times the time ({interval_of(finding)})"


def _message(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(words: str) -> str:
    return _message(words).replace(":", "%3A").replace(",", "%2C")


def _xml(words: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", words)
