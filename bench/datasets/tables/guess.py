"""Recognition of the column of labels where it is certain, so that `train` needs no --label: it says what it took."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from gradrace.bench.datasets.dialects.numerals import PLAIN
from gradrace.bench.datasets.formats.decided import MOST_CLASSES
from gradrace.bench.datasets.tables.columns import (
    FEATURES_TOO,
    LABELS,
    OUTCOMES,
    SORTED_ROWS,
    SURE_OUTCOMES,
    WORDS,
    few,
    has_outcome,
    has_usual_name,
    has_word,
    values_of,
    words_of,
)

LEAST_ROWS = 10
"""Number of examples from which on a column without a usual name is known to have two values."""

FEW_CLASSES = range(3, 6)
"""Numbers of values of a first column without a name that may hold the labels, as in wine.data."""

ONES = frozenset(("1", "1.0", "True", "TRUE", "true"))
"""Cells that stand for 1 in a column that was made of a category."""

CODES = ({0, 1}, {1, 2}, {-1, 1})
"""Numbers that stand for two classes."""


def certain_label(
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    dropped: Collection[str] = (),
    is_number: Callable[[str], bool] = PLAIN.is_number,
    *,
    unnamed: bool = False,
) -> str | None:
    """Return the column that certainly holds the labels; None if there is none, or a second candidate.

    It is the only one with a usual name of labels and few values; names that features may have, too, count only if
    there is no other. If it isn't the last column, its name must be one that no feature has, and the last column
    must not have two values, unless it is one of several that were made of a category, such as `port_C` and
    `port_S`. A name that holds one of `WORDS` counts if the column is the last one, or the first one, and if it has
    two values or ends in the word. Without such a name, it is the last column if that has two values and a name
    that holds one of `OUTCOMES`, and the first one hasn't. Otherwise, it is the only column of text, if it has two
    values and is the last one, or the first one and no other has two values, or the last column, if it alone has
    two values, and these are codes such as 0 and 1, and no other has a usual name. In a table of numbers without a
    header, few other columns may have two values, but not the first one, which mustn't look like several classes
    either.

    Args:
        names: names of all columns.
        rows: cells of the first examples.
        dropped: columns that aren't looked at.
        is_number: function that tells numbers from text.
        unnamed: whether the table has no header.
    """
    values = {name: values_of(rows, place) for place, name in enumerate(names) if name not in dropped}
    if not values:
        return None
    first, last = next(iter(values)), next(reversed(values))
    pairs = [name for name, found in values.items() if len(found) == 2]
    least = 1 if len(rows) >= SORTED_ROWS else 2
    usual = [name for name in values if name.strip().lower() in LABELS and not _is_coordinate(name, names)]
    named = [name for name in usual if least <= len(values[name]) <= MOST_CLASSES]
    worded = [name for name, found in values.items() if least <= len(found) <= MOST_CLASSES and has_word(name)]
    if not named and len(worded) == 1 and worded[0] in (first, last):
        named = [name for name in worded if len(values[name]) <= 2 or words_of(name)[-1] in WORDS]
    sure = [name for name in named if not _may_be_feature(name)]
    if not sure and last not in named and last in pairs and has_outcome(last, OUTCOMES):
        also = first != last and first in pairs and has_outcome(first, OUTCOMES)
        return None if also or set(worded) - {last} or len(rows) < LEAST_ROWS else last
    if named:
        alone, end = (sure or named)[0] if len(sure or named) == 1 else None, names[-1]
        return alone if alone == end or (alone in sure and (end not in pairs or _is_dummy(end, names, rows))) else None
    if len(rows) < LEAST_ROWS or not all(map(_may_be_feature, usual)):
        return None
    texts = [name for name, found in values.items() if not all(map(is_number, found))]
    if len(texts) == 1 and texts[0] in pairs and (texts[0] == last or (texts[0] == first and len(pairs) == 1)):
        return texts[0]
    if unnamed and not texts and last in pairs:
        likely = 2 * len(pairs) <= len(values) and not are_classes(values[first])
    else:
        likely = pairs == [last]
    if not likely:
        return None
    return last if {float(cell) for cell in values[last] if PLAIN.is_number(cell)} in CODES else None


def _is_dummy(end: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the last column was made of a category, as pandas' get_dummies makes it, and not of labels.

    Another column begins with the same words before the last `_`, and at most one of them is 1 in each row.
    """
    stem = end.rpartition("_")[0]
    places = [place for place, name in enumerate(names) if stem and name.startswith(f"{stem}_")]
    of_labels = (has_usual_name(stem) and not _may_be_feature(stem)) or has_outcome(stem, SURE_OUTCOMES)
    if len(places) < 2 or of_labels:
        return False
    return all(sum(row[place] in ONES for place in places if place < len(row)) <= 1 for row in rows)


def _is_coordinate(name: str, names: Sequence[str]) -> bool:
    """Return whether a column is called y, and stands with one called x in the middle of a table."""
    return name not in (names[0], names[-1]) and name.strip().lower() == "y" and {"x", "X"} & {*names} != set()


def are_classes(cells: Collection[str]) -> bool:
    """Return whether the values of a column are two, or three to five whole numbers that count from 0 or 1."""
    if len(cells) == 2:
        return True
    numbers = sorted(float(cell) for cell in cells if PLAIN.is_number(cell))
    return len(numbers) in FEW_CLASSES and numbers in ([*range(begin, begin + len(numbers))] for begin in (0, 1))


def _may_be_feature(name: str) -> bool:
    return name.strip().lower() in FEATURES_TOO


def told(names: Sequence[str], place: int, classes: Sequence[str]) -> str:
    """Return the words that say which column was taken for the labels."""
    where = {0: "the first column", len(names) - 1: "the last column"}.get(place, "column")
    return f"label: {where} {names[place]!r} ({few(classes)}); another: --label NAME"
