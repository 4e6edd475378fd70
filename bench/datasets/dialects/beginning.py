"""Lines before the examples of a text table that aren't its names: a title, or units below the names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

LEAST_ROWS = 3
"""Number of rows below from which on a line is known to be none of them."""

LEAST_NUMERIC = 2
"""Columns of numbers in which a line of units has text, beyond those in which it is empty: one may be a mistake."""

Rows = Sequence[Sequence[str]]


LABELS, UNUSED = {"class", "c"}, {"meta", "m", "ignore", "i", "weight", "w"}
TYPES = {"c", "continuous", "d", "discrete", "s", "string", "t", "time", "basket"}
FLAGS = {"", *LABELS, *UNUSED}
"""Cells of the second and of the third line of Orange's tables, which say what a column holds, and what it is for."""


class Beginning(NamedTuple):
    """Numbers of rows before the names, and between the names and the first example.

    Attributes:
        titles: rows before the names.
        units: rows between the names and the first example.
        label: position of the labels if these rows say it, as Orange's do, or None.
        unused: positions of the columns that are no features, as these rows say.
    """

    titles: int = 0
    units: int = 0
    label: int | None = None
    unused: tuple[int, ...] = ()


def beginning(rows: Rows, is_number: Callable[[str], bool]) -> Beginning:
    """Return the number of title rows and of rows with units at the beginning of a table.

    All cells of a title but one are empty. A second row of names has text where the column holds numbers, as the first
    row has. The first row is a title if it lacks a name and the second one doesn't.

    Args:
        rows: stripped cells of the first rows.
        is_number: function that tells numbers from text.
    """
    if len(rows) > LEAST_ROWS and _are_of_orange(*rows[1:]):
        label = next((place for place, flag in enumerate(rows[2]) if flag in LABELS), None)
        return Beginning(0, 2, label, tuple(place for place, flag in enumerate(rows[2]) if flag in UNUSED))
    titles = 0
    while len(rows) > titles + LEAST_ROWS and _is_title(rows[titles], len(rows[-1])):
        titles += 1
    first, second, *others = [*rows[titles:], (), ()]
    others = others[:-2]
    if len(others) < LEAST_ROWS or not _both_name(first, second, others, is_number):
        return Beginning(titles)
    return Beginning(titles + 1) if not _is_whole(first, second) and _is_whole(second, first) else Beginning(titles, 1)


def _are_of_orange(types: Sequence[str], flags: Sequence[str], *others: Sequence[str]) -> bool:
    """Return whether two rows say what each column holds, as a type or a list of values, and what it is for.

    They don't in a table of letters, where each type is also a value.
    """
    kinds = [kind for kind in types if kind in TYPES]
    lists = [kind for kind in types if " " in kind]
    if not kinds or len(kinds) + len(lists) < len(types) or not any(flags) or not {*flags} <= FLAGS:
        return False
    return not all(kind in column for kind, column in zip(types, zip(*others, strict=False), strict=False))


def _is_title(row: Sequence[str], width: int) -> bool:
    return width > 2 and len(row) != width - 1 and sum(map(bool, row)) <= 1


def _both_name(first: Sequence[str], second: Sequence[str], others: Rows, is_number: Callable[[str], bool]) -> bool:
    """Return whether two rows hold text, and no number, where all others hold numbers."""
    if not len(second) - 1 <= len(first) <= len(second):
        return False
    named = 0
    for place, cell in enumerate(second):
        column = [row[place] for row in others if place < len(row) and row[place]]
        if column and all(map(is_number, column)):
            if is_number(cell) or (place < len(first) and is_number(first[place])):
                return False  # at the first column of numbers in most tables
            named += 1 if cell else -1
    return named >= LEAST_NUMERIC


def _is_whole(row: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether a row has a name for each column of another one, and none twice."""
    return all(row) and len({*row}) == len(row) >= len(other)
