"""Columns that number the examples: a model of them predicts nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.dialects.header import ROW_NAMES

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


def numbers_examples(name: str, column: NDArray[np.float64], *, unnamed: bool) -> bool:
    """Return whether a column (m,) numbers the examples, by its values or by its name.

    unnamed: whether the table has no header, so that its first column is known only by its values.
    """
    if counts_by_one(column) or name == ROW_NAMES:
        return True
    likely = name.strip().lower() in INDEX_NAMES or (unnamed and name == "1" and len(column) > LEAST_UNNAMED)
    if len(column) < LEAST_NAMED or not likely:
        return False
    return bool((column == np.floor(column)).all() and len(np.unique(column)) >= DIFFERENT * len(column))


def counts_by_one(column: NDArray[np.float64]) -> bool:
    """Return whether the numbers of a column (m,) are whole and count by 1; few may do so by chance."""
    if len(column) < LEAST_COUNTED or column[1] - column[0] != 1:
        return False
    return bool(column[0] == np.floor(column[0]) and (np.diff(column) == 1).all())
