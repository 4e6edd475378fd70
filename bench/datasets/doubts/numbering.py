"""Columns that number the examples: a model of them predicts nothing."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.dialects.header import ROW_NAMES
from gradrace.bench.datasets.layouts.features import words_of

OF_WHOM = (
    "row|record|case|sample|samplecode|subject|respondent|participant|person|patient|passenger|customer|client|member|"
    "user|student|employee|account|loan|order|invoice|policy|ticket|application|transaction|encounter|serial|sl|s|id"
)
INDEX = re.compile(rf"(?:{OF_WHOM})(?:num|number)|(?:{OF_WHOM})?(?:id|ids|no|nr|key|index)|uid|row|unnamed")
"""Names of columns that number the examples, by their letters in lower case, such as Employee Number and loan_id."""

INDEX_WORDS = frozenset(("id", "identifier"))
"""Words, in lower case, that end other such names. `identification` may stand anywhere."""

LEAST_COUNTED, LEAST_NAMED, LEAST_UNNAMED = 10, 3, 20
"""Numbers of examples from which a column is known to number them: by counting, by its name, by different values."""

LEAST_MANY = 100
"""Number of examples from which on a column of different whole numbers is known to number them, or may do so."""

LEAST_LEFT = 0.5
"""Share of the numbers between the first and the last that a column which always increases has, if it numbers examples
of which some are gone. Sorted prices, altitudes and times have wider gaps.
"""

DIFFERENT = 0.9
"""Share of the values of a column named like an index that differ: some files repeat examples."""

COUNTS, INCREASES = "number of the example", "always increases, as the number of the example"
BY_NAME = "by its name the number of the example"
"""Reasons why a column numbers the examples."""


def why_number(name: str, column: NDArray[np.float64], *, unnamed: bool) -> str:
    """Return the reason why a column (m,) numbers the examples, by its values or by its name, or "".

    unnamed: whether the table has no header, so that its first column is known only by its values.
    """
    if reason := _increases(column):
        return reason
    likely = has_name_of_number(name) or (unnamed and name == "1" and len(column) > LEAST_UNNAMED)
    enough = len(column) >= LEAST_NAMED and likely and _is_whole(column)
    differ = enough and len(np.unique(column)) >= DIFFERENT * len(column)
    return BY_NAME if name == ROW_NAMES or differ else ""


def may_number(column: NDArray[np.float64]) -> bool:
    """Return whether a column (m,) may number the examples: it has a whole number of its own in each of many."""
    begin = column[:LEAST_MANY]
    if len(begin) < LEAST_MANY or len(np.unique(begin)) < len(begin) or not _is_whole(begin):
        return False
    return _is_whole(column) and len(np.unique(column)) == len(column)


def has_name_of_number(name: str) -> bool:
    """Return whether a column is called as one that numbers the examples."""
    words = words_of(name)
    named = "identification" in words or INDEX.fullmatch("".join(words)) is not None
    return named or not INDEX_WORDS.isdisjoint(words[-1:])


def _increases(column: NDArray[np.float64]) -> str:
    """Return `COUNTS` if a column (m,) counts by 1, `INCREASES` if it does but for some numbers, or ""."""
    m = len(column)
    if m < LEAST_COUNTED or column[1] <= column[0] or column[0] != np.floor(column[0]):
        return ""
    steps = np.diff(column)
    if (steps == 1).all():
        return COUNTS
    dense = m >= LEAST_MANY and m >= LEAST_LEFT * (column[-1] - column[0] + 1)
    return INCREASES if dense and (steps > 0).all() and _is_whole(steps) else ""


def _is_whole(column: NDArray[np.float64]) -> bool:
    return bool((column == np.floor(column)).all())
