"""Features of a table in one array, gathered chunk by chunk, with all that is wrong in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_complex_dtype, is_numeric_dtype, is_scalar

from gradrace.bench.datasets.dialects.header import MISSING, ROW_NAMES
from gradrace.bench.datasets.dialects.numerals import PLAIN, Numerals
from gradrace.bench.datasets.doubts.repeats import repeating
from gradrace.bench.datasets.doubts.stand_ins import stand_ins
from gradrace.bench.datasets.formats.checks import BYTES_PER_NUMBER, NUMBERS, check_fits
from gradrace.bench.datasets.tables.columns import few, listed

GROWTH = 1.25
"""Factor by which the array grows where more examples come than expected."""

ROWS_MOVED = 4096
"""Number of examples that are moved at once where columns are left out."""

INDEX_NAMES = frozenset(
    [
        "index",
        "id",
        "rowid",
        "row_id",
        "rownum",
        "rownumber",
        "row",
        "no",
        "nr",
        "sno",
        "s.no",
        "sl.no",
        "serial no.",
        "key",
        "uid",
        "passengerid",
        "customerid",
        "customer_id",
        "patientid",
        "patient_id",
        "userid",
        "user_id",
        "user id",
        "id number",
        "sample_id",
        "sampleid",
        "sample code number",
        "record_id",
        "recordid",
        "unnamed: 0",
    ]
)
"""Names, in lower case, of columns that number the examples."""

LEAST_COUNTED, LEAST_NAMED, LEAST_UNNAMED = 10, 3, 20
"""Numbers of examples from which a column is known to number them: by counting, by its name, by different values."""

DIFFERENT = 0.9
"""Share of the values of a column named like an index that differ: some files repeat examples."""


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
        text: first value that isn't a number, for each column that has one.
        missing: names of the columns in which a number is missing.
        left_out: names of the columns that are no longer in X, by the reason.
    """

    path: Path
    names: tuple[str, ...]
    X: NDArray[np.float64]
    numerals: Numerals = PLAIN
    unnamed: bool = False
    m: int = 0
    text: dict[str, str] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        path: Path,
        names: tuple[str, ...],
        expected: int,
        numerals: Numerals = PLAIN,
        *,
        unnamed: bool = False,
    ) -> Gathered:
        """Return an empty array for an expected number of examples; memory is taken only as it is filled."""
        check_fits(path, "its lines", expected * len(names) * BYTES_PER_NUMBER)
        return cls(path, names, np.empty((max(1, expected), len(names))), numerals, unnamed)

    def note(self, text: Mapping[str, str], missing: Iterable[str]) -> None:
        """Add faults that are known before their examples are read."""
        self.text.update(text)
        self.missing.update(dict.fromkeys(missing))

    def take(self, features: pd.DataFrame) -> None:
        """Append the examples of a table with the columns `names`."""
        start, stop = self.m, self.m + len(features)
        if stop > len(self.X):
            self._grow(max(stop, int(GROWTH * len(self.X))))
        new = self.X[start:stop]
        numeric = [isinstance(dtype, np.dtype) and dtype.kind in NUMBERS for dtype in features.dtypes]
        if all(numeric):
            new[:] = features.to_numpy(dtype=np.float64)
        else:
            new[:, numeric] = features.loc[:, numeric].to_numpy(dtype=np.float64)
            for place in np.flatnonzero(~np.array(numeric)):
                new[:, place] = self._numbers(self.names[place], features.iloc[:, place])
        self.text.update(dict.fromkeys(self._named(np.isinf(new)), "inf"))
        self.missing.update(dict.fromkeys(self._named(np.isnan(new))))
        self.m = stop

    def features(self) -> NDArray[np.float64]:
        """Return X as (n_x, m)."""
        return self.X[: self.m].T

    def constant(self) -> list[str]:
        """Return the names of the numeric columns with the same number in all examples."""
        filled = self.X[: self.m]
        same = (filled == filled[:1]).all(axis=0) if self.m >= LEAST_NAMED else []
        return [name for name in (self.names[place] for place in np.flatnonzero(same)) if name not in self.text]

    def counting(self, keep: AbstractSet[str]) -> list[str]:
        """Return the names of the columns that number the examples, without those to keep."""
        return [
            name
            for place, name in enumerate(self.names)
            if name not in keep and name not in self.missing and self._counts(name, self.X[: self.m, place])
        ]

    def uncounted(self, names: Iterable[str]) -> list[str]:
        """Return those of some columns that don't count by 1 from the first example to the last."""
        return [name for name in names if not _count_by_one(self.X[: self.m, self.names.index(name)])]

    def repeating(self, label: str, classes: NDArray[np.float64]) -> list[str]:
        """Return the names of the columns that repeat the labels, as `repeats.repeating` does."""
        return repeating(label, classes, self.names, self.X[: self.m])

    def leave_out(self, reasons: Mapping[str, Sequence[str]]) -> None:
        """Leave columns out of X, which needs no further memory. reasons: their names, by the reason."""
        self.left_out = {reason: [*names] for reason, names in reasons.items() if names}
        out = {name for names in self.left_out.values() for name in names}
        kept = [place for place, name in enumerate(self.names) if name not in out]
        flat, width = self.X.reshape(-1), len(kept)
        for start in range(0, self.m, ROWS_MOVED):
            stop = min(self.m, start + ROWS_MOVED)
            flat[start * width : stop * width] = self.X[start:stop, kept].reshape(-1)
        self.names = tuple(self.names[place] for place in kept)
        self.X = flat[: self.m * width].reshape(self.m, width)

    def told(self) -> list[str]:
        """Return the words that name the columns left out, and those whose numbers may stand for missing ones."""
        words = [
            f"left out: {few(names)} ({reason}); to train with {'them' if len(names) > 1 else 'it'}: "
            f"--keep {listed(names)}"
            for reason, names in self.left_out.items()
        ]
        if found := stand_ins(self.names, self.X[: self.m]):
            shown = few([f"{name} ({code:.0f})" for name, code in found.items()])
            codes = f"numbers that may stand for missing ones: {shown}"
            words.append(f"{codes}; leave them out with --drop {listed([*found])}")
        return words

    def faulty(self) -> bool:
        """Return whether a column can't be used."""
        return bool(self.text or self.missing)

    def _counts(self, name: str, column: NDArray[np.float64]) -> bool:
        if _count_by_one(column) or name == ROW_NAMES:
            return True
        likely = name.strip().lower() in INDEX_NAMES or (self.unnamed and name == "1" and len(column) > LEAST_UNNAMED)
        if len(column) < LEAST_NAMED or not likely:
            return False
        return bool((column == np.floor(column)).all() and len(np.unique(column)) >= DIFFERENT * len(column))

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
        values = ["" if one in MISSING else one for one in map(_text, column)]
        numbers = ["nan" if not one else self.numerals.plain(one) for one in values]
        if None in numbers:
            self.text[name] = values[numbers.index(None)]
            return 0.0  # the column is named once, as text
        return np.array(numbers, dtype=np.float64)


def _count_by_one(column: NDArray[np.float64]) -> bool:
    """Return whether the numbers of a column (m,) are whole and count by 1; few may do so by chance."""
    if len(column) < LEAST_COUNTED or column[1] - column[0] != 1:
        return False
    return bool(column[0] == np.floor(column[0]) and (np.diff(column) == 1).all())


def _text(value: Any) -> str:
    """Return the stripped text of a value of any type: "" for a missing one, "1.0" for True."""
    if isinstance(value, str):
        return value.strip()
    if is_scalar(value) and pd.isna(value):
        return ""
    return str(float(value)) if isinstance(value, bool) else str(value)
