"""Write the report of a run, or of several, to a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.analysis.grids import LEGEND, measured, reasons
from gradrace.reports.analysis.noise import noise_grid
from gradrace.reports.analysis.origin import origin
from gradrace.reports.analysis.side_by_side import side_by_side, tagged
from gradrace.reports.analysis.winners import sentence
from gradrace.reports.figures.canvas import titles
from gradrace.reports.figures.cost_model_bars import bars
from gradrace.reports.figures.race_figures import pictures
from gradrace.reports.figures.winner_map import maps
from gradrace.reports.page.build import write_folder
from gradrace.reports.page.page_data import page_data
from gradrace.reports.text.markdown import bullets, document, folded, images, origin_table, table_of, text, words_table
from gradrace.reports.words import listing, name_of, number_of, setting


def write_report(run: Analysis, folder: Path) -> list[Path]:
    """Write report.md, its figures (PNG and SVG), the page and the tidy table into an existing folder.

    Returns what was written, report.md first.
    Raises UnusableInput if the folder can't be written.
    """
    shown = [*pictures(run, [one for one in run.drawn if one not in run.folded]), *maps(run), *bars(run)]
    more = pictures(run, run.folded)
    report = render(run, titles(shown), titles(more))
    return write_folder(folder, report, [*shown, *more], "page", page_data([run]), run.table)


def write_side_by_side(several: Sequence[Analysis], folder: Path) -> list[Path]:
    """Write report.md, the page and the tidy table of several results into an existing folder; report.md comes first.

    Raises UnusableInput if the folder can't be written.
    """
    return write_folder(folder, render_side_by_side(several), [], "page", page_data(several), tagged(several))


def render(run: Analysis, figures: Mapping[str, str], more_figures: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the whole report.

    figures, more_figures: stem of the files' names -> what is shown, in words; more_figures are folded.
    """
    answer, *more = run.headline
    absences, aside = run.results.absences, [grid for grid in [noise_grid(run.noise)] if grid]
    beside = run.like(run.table)
    nowhere = reasons(absence for absence in absences if absence.cell is None)
    tables = {section: measured(section, run.table, absences) for section in run.sections}
    opened, closed = [*run.grids, *aside], [tables.pop(section) for section in run.folded]
    if closed:
        opened, closed = run.grids, [*closed, *aside]
    return document(
        "gradrace",
        answer,
        [*run.faults, *more],
        figures,
        folded(number_of(len(more_figures), "more figure"), images(more_figures)),
        words_table(),
        f"## Against {text(listing([*map(name_of, run.rivals)]))}\n\n{bullets(run.answers)}" if run.answers else "",
        *map(table_of, [beside] if beside else []),
        text(LEGEND),
        *map(table_of, tables.values()),
        *(
            f"## Crossovers ({setting(where)})\n\n{bullets(map(sentence, found))}"
            for where, found in run.crossovers.items()
            if found
        ),
        *map(table_of, opened),
        *(folded(grid.title, table_of(grid)) for grid in closed),
        f"## Not measured at any size\n\n{bullets(nowhere)}" if nowhere else "",
        origin_table(origin(run.results)),
    )


def render_side_by_side(several: Sequence[Analysis]) -> str:
    """Return a report with the answer of each result, and tables of the sizes that they share."""
    answers, tables = [one.answer for one in several], map(table_of, side_by_side(several))
    return document(f"gradrace: {len(several)} results side by side", "", answers, {}, *tables)
