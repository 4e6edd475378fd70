"""Recognition of the column that most likely holds the labels: it is proposed, and has to be named."""

from __future__ import annotations

from collections.abc import Sequence

from gradrace.bench.datasets.columns.label_names import (
    LABELS,
    SURE_OUTCOMES,
    has_outcome,
    has_word,
    is_one_of,
    may_be_feature,
)
from gradrace.bench.datasets.dialects.numerals import PLAIN
from gradrace.bench.datasets.doubts.parts import are_parts
from gradrace.bench.datasets.formats.classes import MOST_CLASSES

SORTED_ROWS = 1000
"""Number of examples from which on all may have the same label, as in a long file that is sorted by its labels."""

LEAST_ROWS = 10
"""Number of examples from which on a column with as many values doesn't hold labels."""

MOST_LAST = 5
"""Number of whole numbers in the last column from which on the only column with two values is the likelier one."""

ROWS_PER_WORD = 10
"""Rows per value of an only column of text from which on its values are classes, however many."""


def named_label(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str | None:
    """Return the column that most likely holds the labels, or None if each column has many values or empty cells.

    It is one with a usual name of labels and few values, preferably with two. A name that features may have, too,
    counts unless the last column alone has two values. If there is none, it is the last one with two values and a word
    of an outcome in its name. Otherwise, it is the last column if that has few values, or is the only one of text and
    has each value in many rows. A last column of more than MOST_LAST numbers gives way to an only one with two values.
    Then come the first one if it has two, the last one that has two, or else the last one that has few. An only usual
    name counts with many values, too, which are those of a regression.
    The last or first column of a long table may have one value: that of the first examples, if they are sorted by their
    labels.
    """
    count = {
        name: 0 if any(place < len(row) and not row[place] for row in rows) else _classes(rows, place)
        for place, name in enumerate(names)
    }
    named = [name for name, many in count.items() if is_one_of(name, LABELS) and 0 < many <= MOST_CLASSES]
    worded = [name for name, many in count.items() if has_word(name) and 0 < many <= MOST_CLASSES]
    named = named or worded[:1]
    if not named:
        named = [name for name, many in count.items() if many == 2 and has_outcome(name, SURE_OUTCOMES)][-1:]
    classes = [name for name, many in count.items() if 1 < many <= MOST_CLASSES]
    pairs = [name for name in classes if count[name] == 2]
    sure = [name for name in named if not may_be_feature(name)]
    two = next((name for name in sure or named if count[name] == 2), None)
    if sure or two or (named and count[names[-1]] != 2):
        return two or (sure or named)[-1]
    usual = [name for name in names if is_one_of(name, LABELS) and not may_be_feature(name)]
    if not named and len(usual) == 1 and count[usual[0]] == 0:
        return usual[0]
    words = [name for place, name in enumerate(names) if not all(map(PLAIN.is_number, values_of(rows, place)))]
    if words == [names[-1]] and MOST_CLASSES < len(values_of(rows, len(names) - 1)) <= len(rows) / ROWS_PER_WORD:
        return names[-1]
    if len(pairs) == 1 and names[-1] not in words and count[names[-1]] > MOST_LAST:
        return pairs[0]
    if 1 < count[names[-1]] <= min(MOST_CLASSES, max(2, len(rows) // 2)):
        return names[-1]
    if not classes and len(rows) >= SORTED_ROWS:
        return next((name for name in (names[-1], names[0]) if count[name] == 1), None)
    return names[0] if names[0] in pairs else next(reversed([*classes, *pairs]), None)


def likely_label(names: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[bool]) -> str:
    """Return the column of a table without a header that looks like labels; if none does, the last.

    A column looks like labels if it has few values. The first column of text is preferred if it has two values and the
    last one has not, then the last column of text, then the only column of text unless the last one has two values,
    then the last column, then the first, and then the last but one. The only column of text may have more values, each
    in many rows.
    numbers: whether a column begins with a number.
    """
    count = {place: _classes(rows, place) for place in range(len(names))}
    classes = [place for place in count if 1 < count[place] <= min(MOST_CLASSES, max(2, len(rows) // 2))]
    text = [place for place in classes if not numbers[place]]
    last = len(names) - 1
    words = [place for place in count if not numbers[place]]
    if len(words) == 1 and words[0] not in classes and len(rows) >= ROWS_PER_WORD * len(values_of(rows, words[0])):
        return names[last if count[last] == 2 else words[0]]  # letters, of which there are 26
    if 0 in text and count[0] == 2 != count[last]:
        return names[0]
    if last not in text and len(text) == 1 and not (last in classes and count[last] == 2):
        return names[text[0]]
    if last in classes or not classes:
        return names[last]
    return names[0 if 0 in classes else classes[-1]]


def _classes(rows: Sequence[Sequence[str]], place: int) -> int:
    """Return the number of values of a column, or 0 if they are no classes.

    All of these differ, are three with fractions, or are parts of the data.
    """
    values = values_of(rows, place)
    if len(values) == len(rows) >= LEAST_ROWS or are_parts(values):
        return 0
    plain = (float(value) for value in values if PLAIN.is_number(value))
    return 0 if len(values) > 2 and not all(map(float.is_integer, plain)) else len(values)


def values_of(rows: Sequence[Sequence[str]], place: int) -> set[str]:
    """Return the different cells of a column, without empty ones."""
    return {row[place] for row in rows if place < len(row) and row[place]}
