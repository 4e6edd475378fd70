"""Columns of text in a table: categories, which become columns of 0 and 1, free text, and numbers written otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_scalar

from gradrace.bench.datasets.dialects.header import MISSING
from gradrace.bench.datasets.dialects.numerals import NUMBER
from gradrace.bench.datasets.layouts.features import begins

MOST_VALUES = 53
"""Maximum number of values of a category: R's randomForest takes as many, and 50 states and some territories fit."""

MOST_STEPS = 10
"""Maximum number of values of a category of which most cells are whole numbers, such as 2, 3, 4 and 5more."""

LEAST_EACH = 3
"""Minimum number of examples per value of a category, on average: names, tickets and dates have fewer."""

MOST_COUNTED = 1000
"""Number of values after which those of a column aren't counted any more, to bound the memory."""

NO_CODE = -1
"""Code of a missing cell."""

MISSING_TEXT = frozenset(MISSING) - {"missing", "Missing", "nil", "none", "unknown", "Unknown"}
"""Cells of text that are missing. The words without them are values, as in pandas."""

FIGURE = r"[+\-\u2212\u2013]?(\d{1,3}([.,' ]\d{3})+|\d+)([.,]\d*)?"
OTHERWISE = re.compile(rf"[$€£¥₹<>≤≥~(]?\s*{FIGURE}\s*([%$€£¥₹+)]|[^\W\d_]{{1,5}}[.]?)?")
"""Number with a unit, a sign or marks between its digits: `12 kg`, `$5`, `1,234`, `(7.5)`, `<0.1`."""

PLAIN = re.compile(FIGURE)


class Kind(Enum):
    """Kinds of columns of text."""

    CATEGORY = "category"
    FREE = "free text"
    DOUBTFUL = "numbers and text"


class Texts:
    """Values of a column of text, gathered chunk by chunk.

    Attributes:
        codes: number of each value, in the order of appearance. At most `MOST_COUNTED` are counted.
        whole: whether these are all values.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        """Begin with the values that a model knows, which are recognised behind any number of others."""
        self.codes = {value: code for code, value in enumerate(known)}
        self.whole = True
        self._known = len(self.codes)
        self._counts = [0] * self._known

    def take(self, column: pd.Series) -> NDArray[np.float64]:
        """Return the codes (m,) of further cells: `NO_CODE` for a missing one."""
        if not (self.whole or self._known):
            return np.full(len(column), NO_CODE, dtype=np.float64)
        plain = np.array([*map(text_of, column)], dtype=object) if column.dtype == object else column
        places, values = pd.factorize(plain)  # lists can't be looked up
        codes = [self._code(text_of(value)) for value in values]
        for code, count in zip(codes, np.bincount(places + 1, minlength=len(codes) + 1)[1:], strict=True):
            if code != NO_CODE:
                self._counts[code] += int(count)
        return np.asarray(np.array([*codes, NO_CODE], dtype=np.float64)[places])

    @property
    def count(self) -> int:
        """Return the number of cells that aren't missing. Values that aren't counted don't add to it."""
        return sum(self._counts)

    def kind(self) -> Kind:
        """Return the kind of the column.

        What a model knows is a category. Another category has few values, each in several examples, and at most half of
        its cells are numbers, unless its values are very few, its numbers whole, and its words no exceptions. Numbers
        with units, or with a few words among them, are doubtful. Tickets and other names are free text: if some look
        like numbers, there are many words beside them.
        """
        if self._known:
            return Kind.CATEGORY
        numbers = {text: self._counts[code] for text, code in self.codes.items() if _is_number(text)}
        mostly = 2 * sum(numbers.values()) > self.count
        rarest = min((self._counts[code] for text, code in self.codes.items() if text not in numbers), default=0)
        steps = rarest >= LEAST_EACH and all(map(str.isdecimal, numbers))
        most = MOST_VALUES if not mostly else MOST_STEPS if steps else 0
        if len(self.codes) <= most and self.count >= LEAST_EACH * len(self.codes):
            return Kind.CATEGORY
        words = sum(not OTHERWISE.fullmatch(text) for text in self.codes)
        mostly = mostly or 2 * words <= len(self.codes)
        return Kind.DOUBTFUL if mostly and words <= MOST_VALUES else Kind.FREE

    def example(self) -> str:
        """Return a value that is no number."""
        return next((text for text in self.codes if not NUMBER.fullmatch(text)), next(iter(self.codes), ""))

    def counted(self) -> str:
        """Return the number of values, as text."""
        if len(self.codes) == 1:
            return "1 value"
        return f"{len(self.codes)} values" if self.whole else f"over {MOST_COUNTED} values"

    def unknown(self) -> dict[str, int]:
        """Return the values that the model doesn't know, and the number of their cells."""
        return {text: self._counts[code] for text, code in self.codes.items() if code >= self._known}

    def _code(self, text: str) -> int:
        if text in MISSING_TEXT:
            return NO_CODE
        if text not in self.codes and len(self.codes) >= MOST_COUNTED:
            self.whole = False
            return NO_CODE
        if text not in self.codes:
            self._counts.append(0)
        return self.codes.setdefault(text, len(self.codes))


def text_of(value: Any) -> str:
    """Return the stripped text of a value of any type: "" for a missing one, "1.0" for True."""
    if isinstance(value, str):
        return value.strip()
    if is_scalar(value) and pd.isna(value):
        return ""
    return str(float(value)) if isinstance(value, bool) else str(value)


def _is_number(text: str) -> bool:
    return bool(PLAIN.fullmatch(text) or NUMBER.fullmatch(text))


def feature_of(column: str, value: str) -> str:
    """Return the name of the column of 0 and 1 that a value of a category becomes."""
    return f"{column}={value}"


def column_of(feature: str, columns: AbstractSet[str]) -> str | None:
    """Return the column that a feature is made of: one of its name, or the category of which it is a value, or None.

    Of several categories, it is the one with the longest name.
    """
    if feature in columns:
        return feature
    return next((begin for begin in reversed(begins(feature)) if begin in columns), None)


def known_texts(features: Iterable[str], columns: Iterable[str]) -> dict[str, Texts]:
    """Return the values that a model knows of each category among the columns, by the names of its features."""
    known, names = dict[str, list[str]](), {*columns}
    for feature in features:
        column = column_of(feature, names)
        if column is not None and column != feature:
            known.setdefault(column, []).append(feature[len(column) + 1 :])
    return {column: Texts(values) for column, values in known.items()}
