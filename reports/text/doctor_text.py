"""Disturbances of measurements on a terminal: all of them, or the serious ones at the head of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from gradrace.bench.machine.finding import Finding, Level
from gradrace.reports.words import listing, number_of, plain

MARKS: dict[Level, tuple[str, str]] = {"warning": ("!", "bold yellow"), "note": ("·", "cyan"), "well": ("+", "green")}
"""A mark that is readable without colour, and the colour."""


def show(findings: Mapping[str, Finding | None], console: Console | None = None) -> None:
    """Print each finding, the serious ones first, with its effect and its remedy; then a summary."""
    console = console or Console()
    known = [finding for finding in findings.values() if finding is not None]
    for finding in sorted(known, key=lambda finding: [*MARKS].index(finding.level)):
        mark, colour = MARKS[finding.level]
        console.print(Text.assemble((f"{mark} {finding.about}: ", colour), plain(finding.seen)))
        if finding.effect:
            console.print(Padding(Text(finding.effect), (0, 0, 0, 4)))
            console.print(Padding(Text.assemble(("→ ", colour), plain(finding.remedy)), (0, 0, 0, 4)))
    unknown = [about for about, finding in findings.items() if finding is None]
    if unknown:
        console.print(Text(f"Unknown on this system: {listing(unknown)}.", style="dim"))
    console.print(Text(_sum(known), style="bold"))


def warn(warnings: Iterable[Finding], console: Console | None = None) -> list[str]:
    """Print each finding as a sentence on standard error; return the sentences, for the record."""
    console = console or Console(stderr=True)
    sentences = [plain(str(finding), 400) for finding in warnings]
    for sentence in sentences:
        console.print(Text.assemble(("warning: ", MARKS["warning"][1]), sentence), soft_wrap=not console.is_terminal)
    return sentences


def _sum(findings: list[Finding]) -> str:
    serious, notes = (sum(finding.level == level for finding in findings) for level in ("warning", "note"))
    if serious:
        return f"{number_of(serious, 'finding')} above will disturb measurements; `gradrace run` prints a warning too."
    hint = f", with {number_of(notes, 'note')} to keep in mind" if notes else ""
    return f"This machine is ready for measurements{hint}."
