"""Features that are the labels in another form: a model of them predicts nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LEAST = 20
"""Number of examples from which a feature is known to repeat the labels."""

LOOKED_AT = 1000
"""Number of examples that rule out most features before all are compared."""


def repeating(label: str, classes: NDArray[np.float64], names: Sequence[str], X: NDArray[np.float64]) -> list[str]:
    """Return the names of the features that repeat the labels: as other numbers, or as the others of one-hot columns.

    Args:
        label: name of the labels.
        classes: (m,), the labels if they are numbers, otherwise one number for each class.
        names: names of the features.
        X: (m, n_x), features.
    """
    if len(classes) < LEAST or len(np.unique(classes)) < 2:
        return []
    head = slice(LOOKED_AT)
    begin, whole = _Classes.of(classes[head]), _Classes.of(classes)
    found = [
        place for place in range(len(names)) if begin.are_renamed(X[head, place]) and whole.are_renamed(X[:, place])
    ]
    one_hot = [place for place, name in enumerate(names) if _stem(name) == _stem(label) and place not in found]
    if one_hot and _is_one_hot(classes[head], X[head][:, one_hot]) and _is_one_hot(classes, X[:, one_hot]):
        found += one_hot
    return [names[place] for place in sorted(found)]


class _Classes(NamedTuple):
    """Classes of the examples: the first example of each class, and the class of each example."""

    first: NDArray[np.int64]
    codes: NDArray[np.int64]

    @classmethod
    def of(cls, classes: NDArray[np.float64]) -> _Classes:
        _, first, codes = np.unique(classes, return_index=True, return_inverse=True)
        return cls(first, codes)

    def are_renamed(self, feature: NDArray[np.float64]) -> bool:
        """Return whether each class has one whole number as its feature, and these numbers are consecutive."""
        values = np.sort(feature[self.first])
        consecutive = np.array_equal(values, np.floor(values[0]) + np.arange(len(values)))
        return consecutive and bool((feature[self.first][self.codes] == feature).all())


def _is_one_hot(classes: NDArray[np.float64], others: NDArray[np.float64]) -> bool:
    """Return whether each example has a single 1 in the labels and other columns of 0 and 1."""
    columns = np.column_stack([classes, others])
    return bool(np.isin(columns, (0, 1)).all() and (columns.sum(axis=1) == 1).all())


def _stem(name: str) -> str:
    """Return a name without its last part, as in `class_yes`."""
    return re.sub(r"[\W_][^\W_]*$", "", name)
