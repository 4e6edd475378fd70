"""Lines before the examples of a text table that aren't its names: a title, or units below the names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

LEAST_ROWS = 3
"""Number of rows below from which on a line is known to be none of them."""

LEAST_NUMERIC = 2
"""Number of columns of numbers that must all be text in a line of units, as a single one may be a mistake."""

Rows = Sequence[Sequence[str]]


class Beginning(NamedTuple):
    """Numbers of rows before the names, and between the names and the first example."""

    titles: int = 0
    units: int = 0


def beginning(rows: Rows, is_number: Callable[[str], bool]) -> Beginning:
    """Return the number of title rows and of rows with units at the beginning of a table.

    A title has cells that aren't empty in one column at most. A second row of names is told by columns of numbers in
    which it holds text, as the first one does. The first one is a title if it lacks a name and the second one doesn't.

    Args:
        rows: stripped cells of the first rows.
        is_number: function that tells numbers from text.
    """
    titles = 0
    while len(rows) > titles + LEAST_ROWS and _is_title(rows[titles], len(rows[-1])):
        titles += 1
    first, second, *others = [*rows[titles:], (), ()]
    others = others[:-2]
    if len(others) < LEAST_ROWS or not _both_name(first, second, others, is_number):
        return Beginning(titles)
    return Beginning(titles + 1) if not _is_whole(first, second) and _is_whole(second, first) else Beginning(titles, 1)


def _is_title(row: Sequence[str], width: int) -> bool:
    return width > 2 and len(row) != width - 1 and sum(map(bool, row)) <= 1


def _both_name(first: Sequence[str], second: Sequence[str], others: Rows, is_number: Callable[[str], bool]) -> bool:
    """Return whether two rows hold text, and no number, where all others hold numbers."""
    if not len(second) - 1 <= len(first) <= len(second):
        return False
    columns = [[row[place] for row in others if place < len(row) and row[place]] for place in range(len(second))]
    numeric = [place for place, cells in enumerate(columns) if cells and all(map(is_number, cells))]
    cells = [row[place] for row in (first, second) for place in numeric if place < len(row)]
    named = [place for place in numeric if second[place]]
    return len(named) >= max(LEAST_NUMERIC, len(numeric) / 2) and not any(map(is_number, cells))


def _is_whole(row: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether a row has a name for each column of another one, and none twice."""
    return all(row) and len({*row}) == len(row) >= len(other)
