"""Features that are the labels in another form: a model of them predicts nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LEAST = 20
"""Number of examples from which a feature is known to repeat the labels."""

LEAST_EACH = 3
"""Examples of a class on average: labels that all differ are repeated by any feature whose numbers differ."""

LOOKED_AT = 1000
"""Number of examples that rule out most features before all are compared."""


class Repeats(NamedTuple):
    """Names of features that follow from the labels.

    labels: those that repeat the labels: as other numbers, or as one-hot columns.
    groups: those that have one value in each of several classes, and the same in some, as a genus beside a species.
    """

    labels: list[str]
    groups: list[str]


def repeating(
    label: str, classes: NDArray[np.float64], names: Sequence[str], column: Callable[[int], NDArray[np.float64]]
) -> Repeats:
    """Return the features that follow from the labels.

    Examples in which a feature is missing don't count, if they are less than half.

    Args:
        label: name of the labels, or "".
        classes: (m,), the labels if they are numbers, otherwise one number for each class.
        names: names of the features.
        column: function that returns the cells (m,) of a feature by its position, NaN where one is missing.
    """
    kinds, codes = np.unique(classes, return_inverse=True)
    if len(kinds) < 2 or len(classes) < max(LEAST, LEAST_EACH * len(kinds)):
        return Repeats([], [])
    given = {}
    for place in range(len(names)):
        feature = column(place)
        if _number_of_each(codes[:LOOKED_AT], len(kinds), feature[:LOOKED_AT]) is not None:
            given[place] = _number_of_each(codes, len(kinds), feature, least=max(LEAST, (len(classes) + 1) // 2))
    numbers = {place: each for place, each in given.items() if each is not None}
    found = [place for place, each in numbers.items() if 2 <= len(each) == len(np.unique(each))]
    ones = {place: int(each.argmax()) for place, each in numbers.items() if _is_unit(each) and place not in found}
    found += ones if len({*ones.values()}) >= len(kinds) - 1 else ()
    one_hot = [
        place for place, name in enumerate(names) if label and _stem(name) == _stem(label) and place not in found
    ]
    if one_hot and _is_one_hot(classes, np.column_stack([column(place) for place in one_hot])):
        found += one_hot
    groups = [place for place, each in numbers.items() if 2 <= len(np.unique(each)) < len(each) == len(kinds)]
    return Repeats([names[place] for place in sorted(found)], [names[place] for place in groups if place not in found])


def _number_of_each(
    codes: NDArray[np.int64], several: int, feature: NDArray[np.float64], least: int = 0
) -> NDArray[np.float64] | None:
    """Return the number that a feature has in each class, without classes in which it is missing.

    Return None if it has several in one class, or fewer than `least` at all.
    """
    known = ~np.isnan(feature)
    codes, feature, each = codes[known], feature[known], np.full(several, np.nan)
    each[codes] = feature
    return each[~np.isnan(each)] if len(codes) >= least and bool((each[codes] == feature).all()) else None


def _is_unit(each: NDArray[np.float64]) -> bool:
    """Return whether a feature is 1 in one class, and 0 in all others."""
    return bool(np.isin(each, (0, 1)).all() and each.sum() == 1)


def _is_one_hot(classes: NDArray[np.float64], others: NDArray[np.float64]) -> bool:
    """Return whether each example has a single 1 in the labels and other columns of 0 and 1."""
    columns = np.column_stack([classes, others])
    return bool(np.isin(columns, (0, 1)).all() and (columns.sum(axis=1) == 1).all())


def _stem(name: str) -> str:
    """Return a name without its last part, as in `class_yes`."""
    return re.sub(r"[\W_][^\W_]*$", "", name)
