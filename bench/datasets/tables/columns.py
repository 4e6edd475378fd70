"""Columns of a table: which one holds the labels, and which ones are features."""

from __future__ import annotations

import csv
import difflib
import io
import shlex
from collections.abc import Sequence
from pathlib import Path

from gradrace.bench.datasets.dialects.numerals import PLAIN
from gradrace.bench.datasets.doubts.parts import are_parts
from gradrace.bench.datasets.doubts.texts import column_of
from gradrace.bench.datasets.formats.dataset import ReadOptions
from gradrace.bench.datasets.formats.decided import MOST_CLASSES
from gradrace.bench.datasets.layouts.features import columns_of
from gradrace.bench.datasets.layouts.label_names import (
    LABELS,
    SURE_OUTCOMES,
    has_outcome,
    has_word,
    is_one_of,
    may_be_feature,
)
from gradrace.bench.results import UnusableInput
from gradrace.bench.text import few

SORTED_ROWS = 1000
"""Number of examples from which on all may have the same label, as in a long file that is sorted by its labels."""

LEAST_ROWS = 10
"""Number of examples from which on a column with as many values doesn't hold labels."""

MOST_LAST = 5
"""Number of whole numbers in the last column from which on the only column with two values is the likelier one."""

ROWS_PER_WORD = 10
"""Rows per value of an only column of text from which on its values are classes, however many."""


def label_place(path: Path, names: Sequence[str], label: str | None) -> int:
    """Return the position of the column with the labels.

    Raises UnusableInput if no column or several have its name, or if there is no other column.
    """
    if label is None:
        raise UnusableInput(f"{path}: name the column of labels with --label; {shown(names)}")
    _check_known(path, names, label)
    if len(names) == 1:
        raise UnusableInput(f"{path}: no column except the labels; add features")
    return names.index(label)


def feature_places(path: Path, names: Sequence[str], label: int | None, how: ReadOptions) -> list[int]:
    """Return the positions of the features, or of the columns that the features to take are made of.

    Raises UnusableInput if a column to take, drop or keep doesn't exist, or if none is left.
    """
    if how.only:
        places = {name: place for place, name in enumerate(names)}
        found = {feature: column_of(feature, places.keys()) for feature in how.only}
        if lost := [feature for feature, name in found.items() if name is None]:
            missing = [*map(repr, columns_of(lost))]
            told = f"columns {few(missing)} are" if len(missing) > 1 else f"column {missing[0]} is"
            raise UnusableInput(f"{path}: {told} missing; {shown(names)}")
        return [places[name] for name in dict.fromkeys(found.values()) if name is not None]
    for name in (*how.drop, *how.keep):
        _check_known(path, names, name)
    dropped = {*how.drop}
    left = [place for place, name in enumerate(names) if place != label and name not in dropped]
    if not left:
        raise UnusableInput(f"{path}: --drop leaves no feature; drop fewer columns")
    return left


def check_different(path: Path, names: Sequence[str]) -> None:
    """Raise UnusableInput if two columns have the same name."""
    repeated = next((name for name in names if names.count(name) > 1), None) if len({*names}) < len(names) else None
    if repeated is not None:
        raise UnusableInput(f"{path}: several columns are called {repeated!r}; give each a name of its own")


def check_once(path: Path, written: Sequence[str], label: str) -> None:
    """Raise UnusableInput if two columns have the name of the labels."""
    if written.count(label) > 1:
        raise UnusableInput(f"{path}: {written.count(label)} columns are called {label!r}; rename all but the labels")


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


def listed(names: Sequence[str]) -> str:
    """Return names as one word of a shell: separated by commas, quoted where a name needs it."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    return shlex.quote(line.getvalue())


def shown(names: Sequence[str]) -> str:
    """Return the first names of columns as part of a message."""
    return "the columns are " + few(list(map(repr, names)))


def _check_known(path: Path, names: Sequence[str], name: str) -> None:
    if name not in names:
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {close[0]!r}?" if close else shown(names)
        raise UnusableInput(f"{path}: no column is called {name!r}; {hint}")


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
