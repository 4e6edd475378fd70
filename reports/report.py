"""Writes the report into a folder."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from gradrace.bench.results import Results, UnusableInput
from gradrace.reports.analysis.headline import telling_cell
from gradrace.reports.analysis.side_by_side import named, tagged
from gradrace.reports.analysis.tables import Section, sections
from gradrace.reports.figures.cost_model_bars import bars
from gradrace.reports.figures.race_figures import pictures, save
from gradrace.reports.figures.winner_map import maps
from gradrace.reports.page.build import write_page
from gradrace.reports.text.markdown import render, render_side_by_side


def write_report(results: Results, folder: Path) -> list[Path]:
    """Write report.md, its figures (PNG and SVG), the page and the tidy table into an existing folder.

    Returns what was written, report.md first.
    Raises UnusableInput if the folder can't be written.
    """
    (named_one,) = named([results])
    table = named_one.table
    cell = telling_cell(table)
    found = sections(results, first=cell)
    answer = [Section(None, (cell,))] if cell else []
    shown = [*answer, *(section for section in found if section not in answer)]
    report = folder / "report.md"
    written = [report]
    figures = {}
    try:
        for picture in (*pictures(table, shown), *maps(results, table), *bars(table, cell)):
            written += save(picture, folder)
            figures[picture.stem] = picture.title
        written += [*write_page([named_one], folder), *write_tables(table, folder)]
        report.write_text(render(results, table, found, figures), encoding="utf-8")
    except OSError as error:
        raise UnusableInput(f"{folder}: {error.strerror}; name a folder that can be written") from error
    return written


def write_side_by_side(several: Sequence[Results], folder: Path) -> list[Path]:
    """Write report.md, the page and the tidy table of several results into an existing folder; report.md comes first.

    Raises UnusableInput if the folder can't be written.
    """
    each = named(several)
    report = folder / "report.md"
    try:
        report.write_text(render_side_by_side(each), encoding="utf-8")
        return [report, *write_page(each, folder), *write_tables(tagged(each), folder)]
    except OSError as error:
        raise UnusableInput(f"{folder}: {error.strerror}; name a folder that can be written") from error


def write_tables(table: pd.DataFrame, folder: Path) -> list[Path]:
    """The tidy table as tidy.csv, and as tidy.parquet where pyarrow is installed, for one's own analysis."""
    csv = folder / "tidy.csv"
    table.to_csv(csv, index=False)
    if find_spec("pyarrow") is None:
        return [csv]
    parquet = folder / "tidy.parquet"
    table.to_parquet(parquet, index=False)
    return [csv, parquet]
