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

LEAST_INCREASING = 100
"""Number of examples from which on a column of whole numbers that always increase numbers them, too: some are gone."""

DIFFERENT = 0.9
"""Share of the values of a column named like an index that differ: some files repeat examples."""


def numbers_examples(name: str, column: NDArray[np.float64], *, unnamed: bool) -> bool:
    """Return whether a column (m,) numbers the examples, by its values or by its name.

    unnamed: whether the table has no header, so that its first column is known only by its values.
    """
    if counts(column) or name == ROW_NAMES:
        return True
    likely = has_name_of_number(name) or (unnamed and name == "1" and len(column) > LEAST_UNNAMED)
    if len(column) < LEAST_NAMED or not likely:
        return False
    return bool((column == np.floor(column)).all() and len(np.unique(column)) >= DIFFERENT * len(column))


def has_name_of_number(name: str) -> bool:
    """Return whether a column is called as one that numbers the examples."""
    words = words_of(name)
    named = "identification" in words or INDEX.fullmatch("".join(words)) is not None
    return named or not INDEX_WORDS.isdisjoint(words[-1:])


def counts(column: NDArray[np.float64]) -> bool:
    """Return whether the numbers of a column (m,) are whole and count by 1, or always increase if they are many."""
    if len(column) < LEAST_COUNTED or column[1] <= column[0] or column[0] != np.floor(column[0]):
        return False
    steps = np.diff(column)
    if (steps == 1).all():
        return True
    return bool(len(column) >= LEAST_INCREASING and (steps > 0).all() and (steps == np.floor(steps)).all())
