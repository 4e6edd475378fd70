"""The report as Markdown: the answer, the figures, the tables, and where it all comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from gradrace.bench.results import Cell, Results
from gradrace.reports.analysis.cost_models import cost_model_grids, cost_model_table
from gradrace.reports.analysis.grids import LEGEND, Grid, beaten, descents, measured, reasons, starting
from gradrace.reports.analysis.headline import headline, telling_cell
from gradrace.reports.analysis.noise import trust, trust_grid
from gradrace.reports.analysis.origin import origin
from gradrace.reports.analysis.side_by_side import Named, side_by_side
from gradrace.reports.analysis.tables import Section
from gradrace.reports.analysis.where_gpu_pays import where_it_pays
from gradrace.reports.analysis.winners import crossovers, sentence
from gradrace.reports.words import plain, setting

_MARKUP = re.compile(r"[\\`*\[\]<>|~#&$@]|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown or HTML may take for markup. An underscore between letters is none."""


def render(results: Results, table: pd.DataFrame, sections: Sequence[Section], figures: Mapping[str, str]) -> str:
    """The whole report. figures: stem of the files' names -> what is shown, in words."""
    answer, *more = headline(table, results.absences)
    cell = telling_cell(table)
    before = starting(table, cell) if cell else None
    nowhere = reasons(absence for absence in results.absences if absence.cell is None)
    parts = [
        "# gradrace",
        f"**{text(answer)}**",
        bullets([*more, *beaten(table)]),
        *(f"[![{text(title)}]({stem}.png)]({stem}.svg)" for stem, title in figures.items()),
        text(LEGEND),
        *(table_of(measured(section, table, results.absences)) for section in sections),
        _overtakings(results),
        *map(table_of, where_it_pays(table)),
        *map(table_of, cost_model_grids(cost_model_table(table))),
        *(table_of(grid) for grid in (descents(table), before, trust_grid(trust(results))) if grid),
        f"## Measured nowhere\n\n{bullets(nowhere)}" if nowhere else "",
        "\n".join(["## Where this comes from\n", "| | |", "| :-- | :-- |", *map(_line, origin(results))]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def render_side_by_side(several: Sequence[Named]) -> str:
    """What each result says, and the sizes that they share as tables."""
    told = bullets(one.answer for one in several)
    parts = [f"# gradrace: {len(several)} results side by side", told, *map(table_of, side_by_side(several))]
    return "\n\n".join(parts) + "\n"


def _overtakings(results: Results) -> str:
    """Which implementation overtakes which, for each setting."""
    parts = [
        f"## Who overtakes whom ({setting(Cell(1, 1, *where))})\n\n{bullets(map(sentence, found))}"
        for where, found in crossovers(results).items()
        if found
    ]
    return "\n\n".join(parts)


def text(foreign: str) -> str:
    """Foreign text as Markdown that shows it as it is, on one line: what may be markup is written as its number."""
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", plain(foreign, limit=1000))


def table_of(grid: Grid) -> str:
    """A grid under its title; what is absent, or what the heads can't say, stands below."""
    labels = [grid.along] if grid.along else []
    heads = [*labels, *grid.heads]
    rules = [*(":--" for _ in labels), ":--", *("--:" for _ in grid.heads[1:])]
    rows = []
    for label, group in grid.groups:
        for place, row in enumerate(group):
            rows.append([*([label if place == 0 else ""] if labels else []), *row])
    lines = [_line(heads), _line(rules), *map(_line, rows)]
    below = [text(grid.footnote)] if grid.footnote else [bullets(grid.absent)] if grid.absent else []
    return "\n\n".join([f"## {text(grid.title)}", "\n".join(lines), *below])


def _line(words: Iterable[str]) -> str:
    return f"| {' | '.join(map(text, words))} |"


def bullets(lines: Iterable[str]) -> str:
    """Foreign lines as a list."""
    return "\n".join(f"- {text(line)}" for line in lines)
