"""Recognition of the column of labels where it is certain, so that `train` needs no --label: it says what it took."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from gradrace.bench.datasets.columns.label_names import (
    LABELS,
    OUTCOMES,
    RATINGS,
    STRICT,
    SURE_OUTCOMES,
    WORDS,
    has_outcome,
    has_usual_name,
    has_word,
    is_of_past,
    is_one_of,
    may_be_feature,
)
from gradrace.bench.datasets.columns.likely_label import ROWS_PER_WORD, SORTED_ROWS, values_of
from gradrace.bench.datasets.dialects.numerals import PLAIN
from gradrace.bench.datasets.doubts.parts import are_parts
from gradrace.bench.datasets.formats.classes import MOST_CLASSES
from gradrace.bench.datasets.layouts.features import words_of
from gradrace.bench.text import few

LEAST_ROWS = 10
"""Number of examples from which on a column without a usual name is known to have two values."""

FEW_CLASSES = range(3, 6)
"""Numbers of values of a first column without a name that may hold the labels, as in wine.data."""

ONES = frozenset(("1", "1.0", "True", "TRUE", "true"))
"""Cells that stand for 1 in a column that was made of a category."""

CODES = ({0, 1}, {1, 2}, {-1, 1})
"""Numbers that stand for two classes."""

MANY_NUMBERS = 30
"""Number of different whole numbers from which on a column is a measurement: Abalone has 28 rings."""

OPPOSITES = (
    *(("good", "bad"), ("positive", "negative"), ("benign", "malignant"), ("approved", "rejected")),
    *(("accepted", "rejected"), ("ham", "spam"), ("normal", "abnormal"), ("normal", "attack"), ("alive", "dead")),
    *(("healthy", "sick"), ("healthy", "ill"), ("pass", "fail"), ("passed", "failed"), ("churned", "stayed")),
    *(("legitimate", "phishing"), ("real", "fake"), ("edible", "poisonous")),
)
"""Words, in lower case, in the two values of labels."""

SEXES = (frozenset("mf"), frozenset("mfi"), frozenset(("male", "female")))
"""Texts of a first column, in lower case, that are never taken for the labels: Abalone has them there."""


@dataclass(frozen=True)
class Columns:
    """Columns of a table that may hold the labels, as far as its first examples show them.

    Attributes:
        names: names of all columns.
        rows: cells of the first examples.
        values: {name: different cells} of the columns that aren't dropped.
        is_number: function that tells numbers from text.
    """

    names: Sequence[str]
    rows: Sequence[Sequence[str]]
    values: Mapping[str, Collection[str]]
    is_number: Callable[[str], bool]

    @cached_property
    def first(self) -> str:
        """Return the first column."""
        return next(iter(self.values))

    @cached_property
    def last(self) -> str:
        """Return the last column."""
        return next(reversed([*self.values]))

    @cached_property
    def pairs(self) -> list[str]:
        """Return the columns with two values."""
        return [name for name, found in self.values.items() if len(found) == 2]

    @cached_property
    def texts(self) -> list[str]:
        """Return the columns that hold text."""
        return [name for name, found in self.values.items() if not all(map(self.is_number, found))]

    @cached_property
    def usual(self) -> list[str]:
        """Return the columns with a usual name of labels."""
        return [name for name in self.values if is_one_of(name, LABELS) and not _is_coordinate(name, self.names)]

    @cached_property
    def worded(self) -> list[str]:
        """Return the columns with few values whose name holds a usual word of labels."""
        return [name for name in self.values if has_word(name) and self._has_few(name)]

    @cached_property
    def named(self) -> list[str]:
        """Return the columns whose name says that they hold labels.

        They have a usual name and few values. If there is none, an only one with a usual word counts if it is the last
        or the first column, and if it has two values or ends in the word.
        """
        if named := [name for name in self.usual if self._has_few(name)]:
            return named
        if len(self.worded) != 1 or self.worded[0] not in (self.first, self.last):
            return []
        return [name for name in self.worded if len(self.values[name]) <= 2 or words_of(name)[-1] in WORDS]

    @cached_property
    def sure(self) -> list[str]:
        """Return those of `named` whose name no feature has."""
        return [name for name in self.named if not may_be_feature(name)]

    @cached_property
    def has_numbers_to_predict(self) -> bool:
        """Return whether a column with a name of `STRICT` holds many numbers, as in a regression."""
        named = [name for name in self.usual if is_one_of(name, STRICT) and name not in self.texts]
        return any(len(self.values[name]) > MOST_CLASSES for name in named)

    def is_outcome(self, name: str) -> bool:
        """Return whether a column has two values, and a name that holds one of `OUTCOMES`."""
        return name in self.pairs and has_outcome(name, OUTCOMES)

    def _has_few(self, name: str) -> bool:
        least = 1 if len(self.rows) >= SORTED_ROWS else 2
        return least <= len(self.values[name]) <= MOST_CLASSES


def certain_label(
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    dropped: Collection[str],
    is_number: Callable[[str], bool] = PLAIN.is_number,
    *,
    unnamed: bool = False,
) -> str | None:
    """Return the column that certainly holds the labels; None if there is none, or a second candidate.

    The first rule that applies decides: an outcome at the end, a usual name, and where no name tells, two opposite
    values such as good and bad, the only column of text, the last one if it has two values, or without a header the
    first one if all others are measurements.

    Args:
        names: names of all columns.
        rows: cells of the first examples.
        dropped: columns that aren't looked at.
        is_number: function that tells numbers from text.
        unnamed: whether the table has no header.
    """
    values = {name: values_of(rows, place) for place, name in enumerate(names) if name not in dropped}
    values = {name: found for name, found in values.items() if not are_parts(found)}
    if not values:
        return None
    columns = Columns(names, rows, values, is_number)
    if columns.has_numbers_to_predict:
        return None
    if not columns.sure and columns.last not in columns.named and columns.is_outcome(columns.last):
        return _last_outcome(columns)
    if columns.named:
        return _by_name(columns)
    if len(rows) < LEAST_ROWS or not all(map(may_be_feature, columns.usual)):
        return None
    found = _rating(columns) or _opposites(columns) or _only_text(columns) or _last_codes(columns, unnamed=unnamed)
    found = found or (_first_of_numbers(columns) if unnamed else None)
    return None if found is None or is_of_past(found) else found


def _last_outcome(columns: Columns) -> str | None:
    """Return the last column, an outcome, if neither the first one is another, nor a name holds a usual word."""
    also = columns.first != columns.last and columns.is_outcome(columns.first)
    others = {*columns.worded} - {columns.last}
    return None if also or others or len(columns.rows) < LEAST_ROWS else columns.last


def _by_name(columns: Columns) -> str | None:
    """Return the only column whose name says that it holds labels.

    Names that features may have, too, count only if there is no other. If it isn't the last column, its name must be
    one that no feature has, and the last column must not have two values, unless it was made of a category, or the name
    is one of `STRICT` and the last column no outcome.
    """
    candidates, end = columns.sure or columns.named, columns.names[-1]
    if len(candidates) > 1:
        return None
    name = candidates[0]
    strict = is_one_of(name, STRICT) and not columns.is_outcome(end)
    aside = strict or end not in columns.pairs or _is_dummy(end, columns.names, columns.rows)
    return name if name == end or (name in columns.sure and aside) else None


def _rating(columns: Columns) -> str | None:
    """Return the last column if it is called as one of `RATINGS`, and has two values or few texts."""
    last = columns.last
    few_texts = last in columns.texts and 1 < len(columns.values[last]) <= MOST_CLASSES
    return last if is_one_of(last, RATINGS) and (last in columns.pairs or few_texts) else None


def _opposites(columns: Columns) -> str | None:
    """Return the only column with two opposite values, such as good and bad.

    It is the last or the first one, or the only one whose name holds a usual word of labels.
    """
    found = [name for name in columns.pairs if _are_opposite(columns.values[name])]
    told = found == columns.worded or {*found} <= {columns.first, columns.last}
    return found[0] if len(found) == 1 and told else None


def _are_opposite(cells: Collection[str]) -> bool:
    one, other = ({*words_of(cell)} for cell in cells)
    return any((a in one and b in other) or (b in one and a in other) for a, b in OPPOSITES)


def _only_text(columns: Columns) -> str | None:
    """Return the only column of text if it has two values and is the last one, or the first and no other has two.

    Sexes in the first one are a feature, as of Abalone.
    """
    if len(columns.texts) != 1 or columns.texts[0] not in columns.pairs:
        return None
    name = columns.texts[0]
    is_first = name == columns.first and len(columns.pairs) == 1 and not _are_sexes(columns.values[name])
    return name if name == columns.last or is_first else None


def _are_sexes(cells: Collection[str]) -> bool:
    return frozenset(map(str.lower, cells)) in SEXES


def _last_codes(columns: Columns, *, unnamed: bool) -> str | None:
    """Return the last column if it has two values that are codes such as 0 and 1, and no other has two.

    In a table of numbers without a header, few other columns may have two, but not the first one, which mustn't look
    like several classes either.
    """
    last, pairs = columns.last, columns.pairs
    if unnamed and not columns.texts and last in pairs:
        likely = 2 * len(pairs) <= len(columns.values) and not are_classes(columns.values[columns.first])
    else:
        likely = pairs == [last]
    codes = {float(cell) for cell in columns.values[last] if PLAIN.is_number(cell)}
    return last if likely and codes in CODES else None


def _first_of_numbers(columns: Columns) -> str | None:
    """Return the first column of a table without a header if all others are numbers that can't be classes.

    They are measurements, and the first one has two codes such as 0 and 1, or counts three to five classes. Or they are
    whole numbers of one range, and the first one has texts, each in many rows.
    """
    first, others = columns.first, [cells for name, cells in columns.values.items() if name != columns.first]
    if not others or {*columns.texts} - {first}:
        return None
    cells = columns.values[first]
    if first in columns.texts:
        each = len(columns.rows) >= ROWS_PER_WORD * len(cells) and not _are_sexes(cells)
        return first if each and len(cells) > 1 and _are_of_one_range(others) else None
    codes = {float(cell) for cell in cells if PLAIN.is_number(cell)}
    coded = codes in CODES if len(cells) == 2 else are_classes(cells)
    return first if coded and all(map(_is_measurement, others)) else None


def _is_measurement(cells: Collection[str]) -> bool:
    """Return whether a column holds several numbers with fractions, or many whole ones, and so no classes."""
    numbers = [float(cell) for cell in cells if PLAIN.is_number(cell)]
    whole = all(map(float.is_integer, numbers))
    return len(numbers) >= (MANY_NUMBERS if whole else 3)


def _are_of_one_range(columns: Collection[Collection[str]]) -> bool:
    """Return whether all columns hold several whole numbers, of which the largest ones are at most twice each other."""
    numbers = [[float(cell) for cell in cells if PLAIN.is_number(cell)] for cells in columns]
    several = all(len(some) > 2 and all(map(float.is_integer, some)) for some in numbers)
    largest = [max(some) for some in numbers if some]
    return several and min(largest) > 0 and max(largest) <= 2 * min(largest)


def _is_dummy(end: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the last column was made of a category, as pandas' get_dummies makes it, and not of labels.

    Another column begins with the same words before the last `_`, and at most one of them is 1 in each row.
    """
    stem = end.rpartition("_")[0]
    places = [place for place, name in enumerate(names) if stem and name.startswith(f"{stem}_")]
    of_labels = (has_usual_name(stem) and not may_be_feature(stem)) or has_outcome(stem, SURE_OUTCOMES)
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


def told(names: Sequence[str], place: int, classes: Sequence[str]) -> str:
    """Return the words that say which column was taken for the labels."""
    where = {0: "the first column", len(names) - 1: "the last column"}.get(place, "column")
    return f"label: {where} {names[place]!r} ({few(classes)}); another: --label NAME"
