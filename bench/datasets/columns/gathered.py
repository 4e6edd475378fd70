"""Features of a table in one array, gathered chunk by chunk, with all that is wrong in them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_complex_dtype, is_numeric_dtype, is_scalar

from gradrace.bench.datasets.columns.by_name import listed
from gradrace.bench.datasets.dialects.header import MISSING
from gradrace.bench.datasets.dialects.numerals import PLAIN, Numerals
from gradrace.bench.datasets.doubts.encodings import same_values
from gradrace.bench.datasets.doubts.numbering import may_number, why_number
from gradrace.bench.datasets.doubts.parts import are_parts
from gradrace.bench.datasets.doubts.repeats import repeating
from gradrace.bench.datasets.doubts.stand_ins import stand_ins
from gradrace.bench.datasets.doubts.texts import MOST_VALUES, NO_CODE, Kind, Texts, column_of, text_of
from gradrace.bench.datasets.formats.checks import BYTES_PER_NUMBER, NUMBERS, as_features, check_fits, check_one_each
from gradrace.bench.datasets.formats.dataset import Dataset
from gradrace.bench.datasets.formats.labels import Labelled
from gradrace.bench.results import UnusableInput
from gradrace.bench.text import few

GROWTH = 1.25
"""Factor by which the array grows where more examples come than expected."""

USUAL_VALUES = 10
"""Number of values of a category for which there is room."""

MOVED_CELLS = 1 << 18
"""Number of cells that are moved at once where examples or columns are left out or added: 2 MB."""

LEAST_CONSTANT = 3
"""Number of examples from which on a column is known to be constant."""

MOST_NUMBERING = 3
"""Maximum number of columns that are said to number the examples perhaps."""

INFINITE = "inf"
"""Value that is quoted for infinite numbers."""


class Column(NamedTuple):
    """Column that a table is to have: its name, its position up to now, and the code of its value if it is 0 or 1."""

    name: str
    place: int
    code: int | None = None


@dataclass
class Gathered:
    """Examples gathered so far.

    Attributes:
        path: file of the table.
        names: names of the features.
        X: (capacity, n_x); the first m rows are filled.
        numerals: notation of numbers in text.
        unnamed: whether the table has no header, so that the first column is known as a number of the example only by
            its values.
        m: number of examples.
        text: first value that isn't a number, for each column that can't be used because of it.
        missing: names of the columns in which a number is missing.
        nested: names of those in `text` whose value is a list, a record or bytes, and not text.
        texts: values of the columns of text, of which X holds the codes.
        decides: whether examples that lack a number may be left out.
        columns: names of all columns of the table.
        labelled: mask of the examples (m,) with a label, or None if all have one.
        kept: mask of the examples that were read and are still in X, or None if all are.
        notes: what was decided on the columns, for the user.
        gaps: what was decided on the examples, and on values that a model doesn't know.
    """

    path: Path
    names: tuple[str, ...]
    X: NDArray[np.float64]
    numerals: Numerals = PLAIN
    unnamed: bool = False
    m: int = 0
    text: dict[str, str] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)
    nested: set[str] = field(default_factory=set)
    texts: dict[str, Texts] = field(default_factory=dict)
    decides: bool = False
    columns: tuple[str, ...] = ()
    labelled: NDArray[np.bool_] | None = None
    kept: NDArray[np.bool_] | None = None
    notes: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, path: Path, names: tuple[str, ...], expected: int, **others: Any) -> Gathered:
        """Return an empty array for an expected number of examples; memory is taken only as it is filled.

        It has room for some columns of 0 and 1 for each text, as making room later may copy all of it.
        others: further attributes.
        """
        check_fits(path, "its lines", expected * len(names) * BYTES_PER_NUMBER)
        room = len(others.get("texts", ())) * USUAL_VALUES / max(1, len(names))
        return cls(path, names, np.empty((max(1, int((1 + room) * expected)), len(names))), **others)

    def note(self, text: Mapping[str, str], missing: Iterable[str]) -> None:
        """Add faults that are known before their examples are read."""
        self.text.update({name: value for name, value in text.items() if name not in self.texts})
        self.missing.update(dict.fromkeys(name for name in missing if name not in self.texts))

    def take(self, features: pd.DataFrame) -> None:
        """Append the examples of a table with the columns `names`."""
        start, stop = self.m, self.m + len(features)
        if stop > len(self.X):
            self._grow(max(stop, int(GROWTH * len(self.X))))
        new = self.X[start:stop]
        numeric = [
            isinstance(dtype, np.dtype) and dtype.kind in NUMBERS and name not in self.texts
            for name, dtype in zip(self.names, features.dtypes, strict=True)
        ]
        if all(numeric):
            new[:] = features.to_numpy(dtype=np.float64)
        else:
            new[:, numeric] = features.loc[:, numeric].to_numpy(dtype=np.float64)
            for place in np.flatnonzero(~np.array(numeric)):
                name, column = self.names[place], features.iloc[:, place]
                new[:, place] = self.texts[name].take(column) if name in self.texts else self._numbers(name, column)
        self.text.update(dict.fromkeys(self._named(np.isinf(new)), INFINITE))
        self.missing.update(dict.fromkeys(self._named(np.isnan(new))))
        self.m = stop

    def note_lacking(self, names: Sequence[str]) -> None:
        """Note how many examples lack a number of these columns, so that nothing can be predicted for them."""
        lacks = np.isnan(self.X[: self.m, [self.names.index(name) for name in names]]).any(axis=1)
        lost, which = int(np.count_nonzero(lacks)), f"{few(names)} {'are' if len(names) > 1 else 'is'} missing"
        self.gaps.append(f"no prediction for {lost} of {self.m} examples, as {which}")

    def dataset(self, labelled: Labelled, **others: Any) -> Dataset:
        """Return the examples in X with their labels. Raises UnusableInput if there isn't one for each.

        labelled: labels of all examples that were read. others: further fields of `Dataset`.
        """
        labels, readings = self._of_kept(labelled), (*labelled.readings, *self.told())
        X, gaps = self._features(), tuple(self.gaps)
        return labelled._replace(labels=labels, readings=readings).dataset(X, features=self.names, gaps=gaps, **others)

    def for_model(self, features: Sequence[str]) -> tuple[NDArray[np.float64], tuple[str, ...]]:
        """Return the features that a model takes, (n_x, m), NaN where a number is missing, and `Dataset.gaps`."""
        self.encode(features)
        return self._features(may_lack=True), tuple(self.gaps)

    def _features(self, *, may_lack: bool = False) -> NDArray[np.float64]:
        """Return X as (n_x, m). Raises UnusableInput if a number isn't finite."""
        return as_features(self.path, self.X[: self.m].T, may_lack=may_lack)

    def constant(self) -> list[str]:
        """Return the names of the numeric columns with the same number in all examples."""
        filled = self.X[: self.m]
        same = (filled == filled[:1]).all(axis=0) if self.m >= LEAST_CONSTANT else []
        text = {*self.text, *self.texts}
        return [name for name in (self.names[place] for place in np.flatnonzero(same)) if name not in text]

    def numbering(self, keep: AbstractSet[str]) -> dict[str, str]:
        """Return the columns that number the examples, without those to keep, and the reason of each.

        Those that may number them are noted, if they are few: of many, each is a measurement.
        """
        others = {*keep, *self.missing, *self.texts, *self.text}
        numbers = {name: self.X[: self.m, place] for place, name in enumerate(self.names) if name not in others}
        why = {name: why_number(name, column, unnamed=self.unnamed) for name, column in numbers.items()}
        may = [name for name, column in numbers.items() if not why[name] and may_number(column)]
        if 0 < len(may) <= MOST_NUMBERING:
            it = "they only number" if len(may) > 1 else "it only numbers"
            told = f"a different whole number in each example: {few(may)}"
            self.notes.append(f"{told}; if {it} them: --drop {listed(may)}")
        return {name: reason for name, reason in why.items() if reason}

    def parts(self, keep: AbstractSet[str]) -> list[str]:
        """Return the names of the columns of parts of the data, such as `train` and `test`, without those to keep."""
        return [name for name, texts in self.texts.items() if name not in keep and are_parts(texts.codes)]

    def repeating(self, label: str, classes: NDArray[np.float64]) -> list[str]:
        """Return the names of the columns that repeat the labels, as `repeats.repeating` does.

        There are none if there isn't one label for each example, which is refused elsewhere. Those that group its
        classes are noted.
        """
        if len(classes) != self.m:
            return []
        labelled = slice(None) if self.labelled is None else self.labelled

        def column(place: int) -> NDArray[np.float64]:
            cells = self.X[: self.m, place][labelled]
            return np.where(cells == NO_CODE, np.nan, cells) if self.names[place] in self.texts else cells

        found = repeating(label, classes[labelled], self.names, column)
        if label and found.groups:
            them = "they aren't" if len(found.groups) > 1 else "it isn't"
            told = f"one value in each class of {label}: {few(found.groups)}"
            self.notes.append(f"{told}; if {them} known beforehand: --drop {listed(found.groups)}")
        return found.labels

    def leave_unlabelled(self, labelled: NDArray[np.bool_], marks: Iterable[str] = ()) -> bool:
        """Decide to leave out the examples without a label; return False if they aren't less than half of all.

        labelled: mask (m,) of the others. marks: words in place of labels that count as missing ones.
        """
        lost = int(np.count_nonzero(~labelled))
        if 2 * lost >= self.m:
            return False
        self.labelled = labelled
        self.gaps.append(f"{lost} of {self.m} examples left out, as they have no label")
        for mark in sorted(marks):
            told = f"the label {mark!r} counts as missing, as it does in columns of numbers"
            self.gaps.append(f"{told}; if it is a class: --positive {shlex.quote(mark)}")
        return True

    def late(self) -> list[str]:
        """Return the names of the columns of text that `texts` lacks."""
        return [name for name, value in self.text.items() if value != INFINITE and name not in self.nested]

    def settle(self) -> None:
        """Add the columns of numbers and text, which can't be used, to those in `text`."""
        found = {name: text for name, text in self.texts.items() if text.kind() is Kind.DOUBTFUL}
        self.text.update({name: found[name].example() for name in self.names if name in found})

    def only(self, kept: NDArray[np.bool_]) -> None:
        """Leave all other examples out of X. kept: mask (m,)."""
        self.kept, places = kept, np.flatnonzero(kept)
        self.m = len(places)
        for rows in self._blocks(len(self.names)):
            self.X[rows] = self.X[places[rows]]

    def _of_kept(self, labelled: Labelled) -> NDArray[np.int64]:
        """Return the labels of the examples in X. Raises UnusableInput if there isn't one for each, or of one class."""
        check_one_each(self.path, self.m if self.kept is None else len(self.kept), len(labelled.labels))
        if self.kept is None:
            return labelled.labels
        left = labelled.labels[self.kept]
        if len(lone := np.unique(left)) == 1:
            told = f"all labels left are {labelled.classes[lone[0]]}: {'; '.join(self.gaps)}"
            raise UnusableInput(f"{self.path}: {told}")
        return left

    def encode(self, features: Sequence[str]) -> None:
        """Make X the features of a model: columns, or columns of 0 and 1 for the values of a category."""
        columns, places = list[Column](), {name: place for place, name in enumerate(self.names)}
        for feature in features:
            name = column_of(feature, places.keys()) or feature
            code = None if name == feature else self.texts[name].codes[feature[len(name) + 1 :]]
            columns.append(Column(feature, places[name], code))
        self.rebuild(columns)
        for name, texts in self.texts.items():
            if unknown := texts.unknown():
                shown = few([f"{value!r} ({count})" for value, count in unknown.items()])
                self.gaps.append(f"{name}: values that the training didn't have count as missing: {shown}")

    def present(self, places: Sequence[int]) -> NDArray[np.bool_]:
        """Return which codes categories have: (categories, MOST_VALUES + 1), of which the last is `NO_CODE`."""
        found, which = np.zeros((len(places), MOST_VALUES + 1), dtype=bool), np.arange(len(places))
        for rows in self._blocks(len(self.names)):
            found[which, self.X[rows, places].astype(int)] = True
        return found

    def rebuild(self, columns: Sequence[Column]) -> None:
        """Make X hold these columns, in place. Raises UnusableInput if they don't fit the memory."""
        m, width, old = self.m, len(columns), self.X.shape[1]
        self.names = tuple(column.name for column in columns)
        places = [column.place for column in columns]
        coded = [place for place, column in enumerate(columns) if column.code is not None]
        if not coded and places == [*range(old)]:
            return
        needed, told = m * width, f"{width} columns, of which {len(coded)} hold 0 and 1,"
        check_fits(self.path, told, (needed - m * old) * BYTES_PER_NUMBER)
        if needed > self.X.size:
            self.X.resize(needed, refcheck=False)
        flat = self.X.reshape(-1)
        before, after = flat[: m * old].reshape(m, old), flat[:needed].reshape(m, width)
        codes = [column.code for column in columns if column.code is not None]
        blocks = self._blocks(max(width, old))
        for rows in blocks if width <= old else reversed(blocks):  # no example is written over before it is read
            some = before[rows, places]
            some[:, coded] = some[:, coded] == codes
            after[rows] = some
        self.X = after

    def told(self) -> list[str]:
        """Return the words that say what was decided, and what may be a mistake in the table.

        Numbers may stand for missing ones, and values of a category may be the same in two encodings.
        """
        words = [*self.notes]
        for name, texts in self.texts.items():
            if twice := same_values(texts.codes.keys()) if texts.kind() is Kind.CATEGORY else {}:
                pairs = few([f"{value!r} is {meant!r}" for value, meant in twice.items()])
                words.append(f"{name}: {pairs} in another encoding; save the whole table in UTF-8")
        if found := stand_ins(self.names, self.X[: self.m]):
            shown = few([f"{name} ({code:.0f})" for name, code in found.items()])
            codes = f"numbers that may stand for missing ones: {shown}"
            words.append(f"{codes}; leave them out with --drop {listed([*found])}")
        return words

    def faulty(self) -> bool:
        """Return whether a column can't be used."""
        return bool(self.text or (self.missing and not self.decides))

    def _blocks(self, width: int) -> list[slice]:
        """Return the runs of examples with about `MOVED_CELLS` cells, if each has this number."""
        step = max(1, MOVED_CELLS // width)
        return [slice(start, min(start + step, self.m)) for start in range(0, self.m, step)]

    def _named(self, found: NDArray[np.bool_]) -> list[str]:
        """Return the names of the columns of a mask (m, n_x) that hold True."""
        return [self.names[place] for place in np.flatnonzero(found.any(axis=0))]

    def _grow(self, capacity: int) -> None:
        check_fits(self.path, "its lines", (capacity - len(self.X)) * len(self.names) * BYTES_PER_NUMBER)
        self.X.resize((capacity, len(self.names)), refcheck=False)  # moves no bytes, unlike np.concatenate

    def _numbers(self, name: str, column: pd.Series) -> Any:
        """Return the numbers of a column, NaN where one is missing; note the first value that isn't one."""
        if is_bool_dtype(column) or (is_numeric_dtype(column) and not is_complex_dtype(column)):
            return column.to_numpy(dtype=np.float64, na_value=np.nan)
        if name in self.text:
            return 0.0
        values = ["" if one in MISSING else one for one in map(text_of, column)]
        numbers = ["nan" if not one else self.numerals.plain(one) for one in values]
        if None in numbers:
            first = numbers.index(None)
            self.text[name] = values[first]
            if not is_scalar(column.iloc[first]) or isinstance(column.iloc[first], bytes):
                self.nested.add(name)
            return 0.0  # the column is named once, as text
        return np.array(numbers, dtype=np.float64)
