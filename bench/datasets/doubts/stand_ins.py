"""Numbers and words that stand for missing ones, such as -999: they would be trained on without a word."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.dialects.dialect import Head
from gradrace.bench.datasets.formats.classes import FEW_CODES, MISSING

CODES = [sign * (10**digits - 1) for sign in (-1, 1) for digits in range(1, 8)]
"""Numbers that files use for missing ones: 9, 99, 999, ..., and -9, -99, -999, ..."""

LEAST = 2
"""Minimum number of examples with a code that is named: a single one may be a real number."""


def marks_of_missing(head: Head, label: int, classes: Collection[str]) -> set[str]:
    """Return those of the labels that stand for missing ones, as `NA` and `?` do.

    They stand for missing numbers in other columns of the table, or beside many numbers.
    label: position of the column of labels. classes: its different labels.
    """
    marks = {name for name in classes if name.lower() in MISSING}
    if not marks or FEW_CODES < sum(map(head.numerals.is_number, classes)) == len(classes) - len(marks):
        return marks
    found = set[str]()
    for place, cells in enumerate(zip_longest(*head.rows[1:], fillvalue="")):
        words = {cell for cell in cells if cell and not head.numerals.is_number(cell)}
        if place != label and words < {*cells} - {""} and {word.lower() for word in words} <= MISSING:
            found |= words
    return found & marks


def stand_ins(names: Sequence[str], X: NDArray[np.float64]) -> dict[str, float]:
    """Return the features that hold a number that may stand for a missing one, with that number.

    It is one of `CODES`, the smallest or the largest number of its feature, occurs at least `LEAST` times, and lies
    apart: it is the only negative one, or it is further from the others than they are from each other.

    Args:
        names: names of the features.
        X: (m, n_x), features.
    """
    if not len(X):
        return {}
    found = {}
    for extreme in (X.max(axis=0), X.min(axis=0)):
        for place in np.flatnonzero(np.isin(extreme, CODES)):
            if _is_apart(extreme[place], X[:, place]):
                found[names[int(place)]] = float(extreme[place])
    return {name: found[name] for name in names if name in found}


def _is_apart(code: float, feature: NDArray[np.float64]) -> bool:
    others = feature[feature != code]
    if len(feature) - len(others) < LEAST or not len(others):
        return False
    low, high = others.min(), others.max()
    nearest = min(abs(code - low), abs(code - high))
    return bool(low < high and ((code < 0 <= low) or nearest > high - low))
