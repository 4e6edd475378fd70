"""Writes the report into a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gradrace.bench.results import Results
from gradrace.reports.analysis.analysis import Analysis, analyses
from gradrace.reports.analysis.side_by_side import tagged
from gradrace.reports.figures.canvas import titles
from gradrace.reports.figures.cost_model_bars import bars
from gradrace.reports.figures.race_figures import pictures
from gradrace.reports.figures.winner_map import maps
from gradrace.reports.page.build import write_folder
from gradrace.reports.page.page_data import page_data
from gradrace.reports.text.markdown import render, render_side_by_side


def write_report(results: Results, folder: Path) -> list[Path]:
    """Write report.md, its figures (PNG and SVG), the page and the tidy table into an existing folder.

    Returns what was written, report.md first.
    Raises UnusableInput if the folder can't be written.
    """
    run = Analysis(results)
    drawn = [*pictures(run.table, run.drawn), *maps(run), *bars(run.table, run.cell)]
    return write_folder(folder, render(run, titles(drawn)), drawn, "page", page_data([run]), run.table)


def write_side_by_side(several: Sequence[Results], folder: Path) -> list[Path]:
    """Write report.md, the page and the tidy table of several results into an existing folder; report.md comes first.

    Raises UnusableInput if the folder can't be written.
    """
    each = analyses(several)
    return write_folder(folder, render_side_by_side(each), [], "page", page_data(each), tagged(each))
