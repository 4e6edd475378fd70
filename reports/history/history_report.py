"""A history's report: the changes, a picture for each size, and an interactive page."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import matplotlib.style

from gradrace.bench.results import FLOORS, Cell, UnusableInput
from gradrace.reports.figures.canvas import STYLE, Picture, canvas, in_units, mark, side_key, stem, titles
from gradrace.reports.figures.styles import label, style
from gradrace.reports.history.history_text import changes, faults, headline, sensitivity, sentences, table, too_few
from gradrace.reports.history.series import Run, Series, Step, runs, series
from gradrace.reports.page.build import write_folder
from gradrace.reports.page.page_data import look_of, rounded
from gradrace.reports.text.markdown import bullets, document, table_of
from gradrace.reports.words import number_of, percent, plain, setting, sizes

MOST_DATES = 5
"""Maximum number of dates below a picture, so that they don't overlap."""

MOST_PICTURES = 6
"""Maximum number of pictures; the sizes with the most series get them."""


class Told(NamedTuple):
    """A history in words: its headline and sentences, and why it can't show any change, or ""."""

    sentences: list[str]
    too_few: str


def write_report(folder: Path, out: Path) -> Told:
    """Read the runs of a folder and write report.md, pictures and the page into another, existing folder.

    Args:
        folder: Folder of the runs.
        out: Existing folder for the report.

    Raises:
        UnusableInput: If there are no runs, if no implementation has two, or if a file can't be written.
    """
    several, left_out = runs(folder)
    found = series(several)
    if not found:
        raise UnusableInput(_why_none(folder, several))
    steps = changes(found)
    pictures = [picture(cell, found, steps) for cell in _cells(found)]
    absent = [f"{number_of(len(left_out), 'file')} left out; the first: {plain(left_out[0], 400)}"] if left_out else []
    few = too_few(found)
    said = [*sentences(steps), *faults(several), *([] if few else [sensitivity(found)]), *absent]
    told = [headline(several, steps, few), *said]
    answer, *more = lines = [*told, f"{few[0].upper()}{few[1:]}."] if few else told
    report = document(
        "gradrace: history",
        answer,
        more,
        titles(pictures),
        table_of(table(steps)) if steps else "",
        f"## Runs\n\n{bullets(f'{run.date}, commit {run.commit}, {run.machine}' for run in several)}",
    )
    write_folder(out, report, pictures, "history", page_data(lines, several, found, steps))
    return Told(told, few)


def _why_none(folder: Path, several: Sequence[Run]) -> str:
    """Return why no implementation has a history, and the next step."""
    found = f"{folder}: {number_of(len(several), 'run')} found, "
    if not any(one.impl in FLOORS for run in several for one in run.results.measurements):
        return (
            f"{found}none with the limit, such as those of pytest: `history` compares shares of it; add runs of "
            "`gradrace run`"
        )
    return f"{found}and no implementation at the same size in two on one machine with the same limit; add runs"


def picture(cell: Cell, found: Sequence[Series], steps: Sequence[Step]) -> Picture:
    """Draw the shares of the limit in one cell, run after run, with a ring where a new level begins."""
    here = [one for one in found if one.cell == cell]
    dates = sorted({point.run.date for one in here for point in one.points})
    place = {date: number for number, date in enumerate(dates)}
    title = f"Share of the limit at {sizes(cell)}, run by run"
    subtitle = f"{setting(cell)}; a ring is where a new level begins"
    with matplotlib.style.context(STYLE):
        figure, axes = canvas(title, subtitle, [one.technique for one in here], height=3.2, left=0.8, right=22)
        axes.set_yscale("log")
        for one in here:
            look = style(one.impl, one.technique)
            x, y = [place[point.run.date] for point in one.points], [point.share for point in one.points]
            axes.plot(x, y, color=look.colour, marker=look.marker, markersize=4, linewidth=1.2)
            for step in steps:
                if step.series is one:
                    shown = next(point.share for point in one.points if point.run is step.run)
                    axes.plot(place[step.run.date], shown, "o", markersize=11, fillstyle="none", color=look.ink)
        axes.set(xlabel="runs, the earliest first", ylabel="share of the limit", xlim=(-0.3, len(dates) - 0.7))
        marks = [*range(0, len(dates), math.ceil(len(dates) / MOST_DATES))]
        axes.set_xticks(marks, [dates[mark][:10] for mark in marks])
        best_first = sorted(here, key=lambda one: -one.points[-1].share)
        in_units(axes.yaxis, percent)
        side_key(axes, [mark(one.impl, one.technique, label(one.impl)) for one in best_first])
    return Picture(stem(f"history_m{cell.m}_n_x{cell.n_x}", cell), title, figure)


def page_data(lines: Sequence[str], several: Sequence[Run], found: Sequence[Series], steps: Sequence[Step]) -> object:
    """Return the plain data of the page."""
    names = {one.impl: one.technique for one in found}
    numbers = {id(run): number for number, run in enumerate(several)}
    cells = sorted({one.cell for one in found})
    return {
        "headline": lines[0],
        "sentences": lines[1:],
        "impls": [look_of(name, technique) for name, technique in names.items()],
        "runs": [[run.date, run.commit, run.machine] for run in several],
        "cells": [f"{sizes(cell)} ({setting(cell)})" for cell in cells],
        "start": cells.index(_cells(found)[0]),
        "series": [
            {
                "impl": [*names].index(one.impl),
                "cell": cells.index(one.cell),
                "points": [[numbers[id(p.run)], rounded(p.share), rounded(p.speedup)] for p in one.points],
                "steps": [numbers[id(step.run)] for step in steps if step.series is one],
            }
            for one in found
        ],
        "absences": [],
        "origin": [["runs", str(len(several))], *([f"commit {run.commit}", run.date] for run in several)],
    }


def _cells(found: Sequence[Series]) -> list[Cell]:
    """Return the MOST_PICTURES cells with the most series, the larger first among equals."""
    counted = Counter(one.cell for one in found)
    return sorted(counted, key=lambda cell: (-counted[cell], -cell.elements, cell))[:MOST_PICTURES]
