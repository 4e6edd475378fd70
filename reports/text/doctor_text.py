"""What disturbs measurements on this machine, on a terminal: all of it, or at the head of a run what is serious."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from gradrace.bench.machine.finding import Finding, Level
from gradrace.reports.words import listing, plain

MARKS: dict[Level, tuple[str, str]] = {"warning": ("!", "bold yellow"), "note": ("·", "cyan"), "well": ("+", "green")}
"""A letter, for those who see no colour, and the colour."""


def show(findings: Mapping[str, Finding | None], console: Console | None = None) -> None:
    """Print each finding, what is serious first, with its effect and what to do; then the sum of it."""
    console = console or Console()
    told = [finding for finding in findings.values() if finding is not None]
    for level, (mark, colour) in MARKS.items():
        for finding in (finding for finding in told if finding.level == level):
            head = Text.assemble((f"{mark} {finding.about}: ", colour), plain(finding.seen))
            console.print(head)
            if finding.effect:
                console.print(Padding(Text(finding.effect), (0, 0, 0, 4)))
                console.print(Padding(Text.assemble(("→ ", colour), plain(finding.remedy)), (0, 0, 0, 4)))
    untold = [about for about, finding in findings.items() if finding is None]
    if untold:
        console.print(Text(f"This system doesn't tell: {listing(untold)}.", style="dim"))
    console.print(Text(_sum(told), style="bold"))


def warn(warnings: Iterable[Finding], console: Console | None = None) -> list[str]:
    """Print these on standard error, each in a sentence; returns the sentences, for the record."""
    console = console or Console(stderr=True)
    sentences = [plain(str(finding), 400) for finding in warnings]
    for sentence in sentences:
        console.print(Text.assemble(("warning: ", MARKS["warning"][1]), sentence), soft_wrap=True)
    return sentences


def _sum(told: list[Finding]) -> str:
    serious, notes = (sum(finding.level == level for finding in told) for level in ("warning", "note"))
    if serious:
        return f"{_number(serious, 'thing')} here will disturb measurements; `gradrace run` says so too."
    hint = f", {_number(notes, 'thing')} to keep in mind" if notes else ""
    return f"Fit to measure on{hint}."


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
