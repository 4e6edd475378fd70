"""Writes the report into a folder."""

from __future__ import annotations

from pathlib import Path

from bench.results import Results, UnusableInput
from reports.figures import pictures, save
from reports.headline import telling_cell
from reports.markdown import render
from reports.tables import Section, sections, tidy
from reports.winner_map import maps


def write_report(results: Results, folder: Path) -> list[Path]:
    """Write report.md and its figures (PNG and SVG) into an existing folder; returns what was written, report.md first.

    Raises UnusableInput if the folder can't be written.
    """
    table = tidy(results)
    cell = telling_cell(table)
    found = sections(results, first=cell)
    answer = [Section(None, (cell,))] if cell else []
    shown = [*answer, *(section for section in found if section not in answer)]
    report = folder / "report.md"
    written = [report]
    figures = {}
    try:
        for picture in (*pictures(table, shown), *maps(results, table)):
            written += save(picture, folder)
            figures[picture.stem] = picture.title
        report.write_text(render(results, table, found, figures), encoding="utf-8")
    except OSError as error:
        raise UnusableInput(f"{folder}: {error.strerror}; name a folder that can be written") from error
    return written
