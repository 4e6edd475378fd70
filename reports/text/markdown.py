"""The report as Markdown: the answer, the figures, the tables, and where it all comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.analysis.grids import LEGEND, Grid, beaten, measured, reasons
from gradrace.reports.analysis.noise import noise_grid
from gradrace.reports.analysis.origin import origin
from gradrace.reports.analysis.side_by_side import side_by_side
from gradrace.reports.analysis.winners import sentence
from gradrace.reports.words import plain, setting

_MARKUP = re.compile(r"[\\`*\[\]<>|~#&$@]|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown or HTML may take for markup. An underscore between letters is none."""


def render(run: Analysis, figures: Mapping[str, str]) -> str:
    """Return the whole report. figures: stem of the files' names -> what is shown, in words."""
    answer, *more = run.headline
    absences, noise = run.results.absences, noise_grid(run.noise)
    nowhere = reasons(absence for absence in absences if absence.cell is None)
    return document(
        "gradrace",
        answer,
        [*more, *beaten(run.table)],
        figures,
        text(LEGEND),
        *(table_of(measured(section, run.table, absences)) for section in run.sections),
        *(
            f"## Who overtakes whom ({setting(where)})\n\n{bullets(map(sentence, found))}"
            for where, found in run.crossovers.items()
            if found
        ),
        *map(table_of, [*run.grids, *([noise] if noise else [])]),
        f"## Measured nowhere\n\n{bullets(nowhere)}" if nowhere else "",
        origin_table(origin(run.results)),
    )


def render_side_by_side(several: Sequence[Analysis]) -> str:
    """Return what each result says, and the sizes that they share as tables."""
    answers, tables = [one.answer for one in several], map(table_of, side_by_side(several))
    return document(f"gradrace: {len(several)} results side by side", "", answers, {}, *tables)


def document(title: str, answer: str, lines: Iterable[str], figures: Mapping[str, str], *parts: str) -> str:
    """Return a report: the answer, more sentences, the figures beside it, and parts that are Markdown already."""
    images = [f"[![{text(shown)}]({stem}.png)]({stem}.svg)" for stem, shown in figures.items()]
    found = [f"# {title}", f"**{text(answer)}**" if answer else "", bullets(lines), *images, *parts]
    return "\n\n".join(part for part in found if part) + "\n"


def origin_table(facts: Iterable[tuple[str, str]]) -> str:
    """Return where a report comes from."""
    return "\n".join(["## Where this comes from\n", "| | |", "| :-- | :-- |", *map(_line, facts)])


def text(foreign: str) -> str:
    """Foreign text as Markdown that shows it as it is, on one line: what may be markup is written as its number."""
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", plain(foreign, limit=1000))


def table_of(grid: Grid) -> str:
    """A grid under its title; what is absent, or what the heads can't say, stands below."""
    heads, rows = grid.heads, grid.rows
    if grid.along:
        heads = [grid.along, *heads]
        rows = [[label, *row] for label, row in grid.labelled()]
    rules = [":--" if place < 1 + bool(grid.along) else "--:" for place in range(len(heads))]
    lines = [_line(heads), _line(rules), *map(_line, rows)]
    below = [text(grid.footnote)] if grid.footnote else [bullets(grid.absent)] if grid.absent else []
    return "\n\n".join([f"## {text(grid.title)}", "\n".join(lines), *below])


def _line(words: Iterable[str]) -> str:
    return f"| {' | '.join(map(text, words))} |"


def bullets(lines: Iterable[str]) -> str:
    """Foreign lines as a list."""
    return "\n".join(f"- {text(line)}" for line in lines)
