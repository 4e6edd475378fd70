"""Recognition of the column of labels where it is certain, so that `train` needs no --label: it says what it took."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from gradrace.bench.datasets.dialects.numerals import PLAIN
from gradrace.bench.datasets.tables.columns import (
    FEATURES_TOO,
    LABELS,
    MOST_CLASSES,
    OUTCOMES,
    SORTED_ROWS,
    WORDS,
    few,
    has_word,
    values_of,
    words_of,
)

LEAST_ROWS = 10
"""Number of examples from which on a column without a usual name is known to have two values."""

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
    that holds one of `OUTCOMES`. Otherwise, it is the only column of text, if it has two values and is the last
    one, or the first one and no other has two values, or the last column, if it alone has two values, and these are
    codes such as 0 and 1. In a table of numbers without a header, few other columns may have two values, but not
    the first one.

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
    named = [
        name for name, found in values.items() if name.strip().lower() in LABELS and least <= len(found) <= MOST_CLASSES
    ]
    worded = [name for name, found in values.items() if least <= len(found) <= MOST_CLASSES and has_word(name)]
    if not named and len(worded) == 1 and worded[0] in (first, last):
        named = [name for name in worded if len(values[name]) <= 2 or words_of(name)[-1] in WORDS]
    sure = [name for name in named if not _may_be_feature(name)]
    if not sure and last not in named and last in pairs and not OUTCOMES.isdisjoint(words_of(last)):
        return None if set(worded) - {last} or len(rows) < LEAST_ROWS else last
    if named:
        alone, end = (sure or named)[0] if len(sure or named) == 1 else None, names[-1]
        return alone if alone == end or (alone in sure and (end not in pairs or _is_dummy(end, names))) else None
    if len(rows) < LEAST_ROWS:
        return None
    texts = [name for name, found in values.items() if not all(map(is_number, found))]
    if len(texts) == 1 and texts[0] in pairs and (texts[0] == last or (texts[0] == first and len(pairs) == 1)):
        return texts[0]
    if pairs != [last] and not (unnamed and not texts and last in pairs and _few_others(pairs, first, len(values))):
        return None
    return last if {float(cell) for cell in values[last] if PLAIN.is_number(cell)} in CODES else None


def _is_dummy(name: str, names: Sequence[str]) -> bool:
    """Return whether another column begins with the same words before the last `_`, as pandas' get_dummies makes."""
    stem = name.rpartition("_")[0]
    return bool(stem) and sum(other.startswith(f"{stem}_") for other in names) > 1


def _few_others(pairs: Sequence[str], first: str, width: int) -> bool:
    """Return whether at most half of the columns have two values, and the first one, where labels may be, has not."""
    return first not in pairs and 2 * len(pairs) <= width


def _may_be_feature(name: str) -> bool:
    return name.strip().lower() in FEATURES_TOO


def told(names: Sequence[str], place: int, classes: Sequence[str]) -> str:
    """Return the words that say which column was taken for the labels."""
    where = {0: "the first column", len(names) - 1: "the last column"}.get(place, "column")
    return f"label: {where} {names[place]!r} ({few(classes)}); another: --label NAME"
