"""Markdown: a report's parts in order, tables, lists, and escaped foreign text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from gradrace.reports.glossary import GLOSSARY
from gradrace.reports.grid import Grid
from gradrace.reports.words import plain

_MARKUP = re.compile(r"[\\`*\[\]<>|~#&$@]|(?<![^\W_])_|_(?![^\W_])")
"""Characters that Markdown or HTML may take for markup. An underscore between letters isn't one."""


MOST_REASONS = 10
"""Largest number of lines below a table that aren't folded."""


def document(title: str, answer: str, lines: Iterable[str], figures: Mapping[str, str], *parts: str) -> str:
    """Return a report: the answer, more sentences, the figures, and parts that are already Markdown."""
    found = [f"# {title}", f"**{text(answer)}**" if answer else "", bullets(lines), images(figures), *parts]
    return "\n\n".join(part for part in found if part) + "\n"


def images(figures: Mapping[str, str]) -> str:
    """Return figures as pictures that link to their vector graphics. figures: {stem of the file's name: title}."""
    return "\n\n".join(f"[![{text(shown)}]({stem}.png)]({stem}.svg)" for stem, shown in figures.items())


def folded(title: str, part: str) -> str:
    """Return a part that shows only its title until a reader opens it; empty for an empty part."""
    return f"<details><summary>{text(title)}</summary>\n\n{part}\n\n</details>" if part else ""


def origin_table(facts: Iterable[tuple[str, str]]) -> str:
    """Return the section on the origin of a report."""
    return f"## Origin\n\n{table(('', ''), facts, left=(0, 1))}"


def words_table() -> str:
    """Return the glossary, folded."""
    return folded("What the words mean", table(("word", "meaning"), GLOSSARY, left=(0, 1)))


def text(foreign: str) -> str:
    """Return foreign text as Markdown that shows it unchanged, on one line.

    Possible markup becomes a character code.
    """
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", plain(foreign, limit=1000))


def table_of(grid: Grid) -> str:
    """Return a grid under its title, with the footnote and the absences below it."""
    if grid.along:
        labelled = [[label, *row] for label, row in grid.labelled()]
        lines = table([grid.along, *grid.heads], labelled, left=(0, 1))
    else:
        lines = table(grid.heads, grid.rows)
    absent = bullets(grid.absent)
    if len(grid.absent) > MOST_REASONS:
        absent = folded(f"{len(grid.absent)} reasons for missing measurements", absent)
    below = [text(grid.footnote), absent]
    return "\n\n".join([f"## {text(grid.title)}", lines, *filter(None, below)])


def table(heads: Sequence[str], rows: Iterable[Iterable[str]], left: Collection[int] = (0,)) -> str:
    """Return foreign words as a table. left: the columns that are aligned left; all others are aligned right."""
    rules = f"| {' | '.join(':--' if place in left else '--:' for place in range(len(heads)))} |"
    head, *body = (f"| {' | '.join(map(text, words))} |" for words in (heads, *rows))
    return "\n".join([head, rules, *body])


def bullets(lines: Iterable[str]) -> str:
    """Return foreign lines as a list."""
    return "\n".join(f"- {text(line)}" for line in lines)
