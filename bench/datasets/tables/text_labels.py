"""Labels of a text table: classes as the file names them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.dialects.numerals import PLAIN, Numerals
from gradrace.bench.datasets.formats.classes import FEW_CODES, are_classes, may_be_classes
from gradrace.bench.datasets.formats.dataset import ReadOptions
from gradrace.bench.datasets.formats.labels import Labelled, binary, name_of
from gradrace.bench.results import UnusableInput

LEAST_CLASSES = 2

MOST_EXACT = 2.0**53
"""Number from which on different whole numbers may be the same float64."""


class Labels:
    """Labels gathered chunk by chunk, as text.

    Attributes:
        known: position of each class, in the order of appearance.
        unlabelled: number of the first example without a label, which counts from 1, or 0.
    """

    def __init__(self, path: Path, numerals: Numerals) -> None:
        self.known: dict[str, int] = {}
        self.unlabelled = 0
        self._path, self._numerals = path, numerals
        self._codes: list[NDArray[np.int64]] = []
        self._m = 0

    def code(self, text: str) -> int:
        """Return the position of a class in `known`, or −1 for an empty cell."""
        name = text.strip()
        return self.known.setdefault(name, len(self.known)) if name else -1

    def expect(self, names: Iterable[str]) -> None:
        """Add classes that labels yet to be read have."""
        for name in names:
            self.code(name)

    def take(self, codes: NDArray[np.int64]) -> None:
        """Append the codes of labels."""
        if not self.unlabelled and (missing := np.flatnonzero(codes < 0)).size:
            self.unlabelled = int(self._m + missing[0] + 1)
        self._codes.append(codes)
        self._m += len(codes)

    def leave_out(self, marks: Collection[str]) -> list[str]:
        """Count words that stand for missing labels as none, if two classes and most examples are left; return them."""
        left = [name for name in self.known if name not in marks]
        lost = self._counts()[[place for name, place in self.known.items() if name in marks]].sum()
        if not lost or len(left) < LEAST_CLASSES or 2 * lost >= self._m:
            return []
        gone, places = [name for name in self.known if name in marks], {name: place for place, name in enumerate(left)}
        codes = np.array([*(places.get(name, -1) for name in self.known), -1])[self._all()]
        self.known, self._codes, self._m = places, [], 0
        self.take(codes)
        return gone

    def labelled(self) -> NDArray[np.bool_]:
        """Return the mask (m,) of the examples with a label."""
        return np.asarray(self._all() >= 0)

    def classes(self) -> list[str]:
        """Return the names of the classes, sorted."""
        return sorted(self.known)

    def are_usable(self, how: ReadOptions) -> bool:
        """Return whether the known classes are usable, as `binary` needs them, or may be once all labels are read."""
        if how.positive is None and len(self.known) > 2:
            return not self.are_undecided(how, whole=False)
        try:
            self.binary(how)
        except UnusableInput:
            return False
        return True

    def are_undecided(self, how: ReadOptions, *, whole: bool) -> bool:
        """Return whether `how.positive` has to name one of several classes. whole: whether all labels are read."""
        if how.positive is not None or len(self.known) <= 2:
            return False
        names = self._names()
        return not (how.decides and (are_classes(names, self._counts()) if whole else may_be_classes(names)))

    def are_many_numbers(self) -> bool:
        """Return whether the labels are more numbers than few classes have."""
        return len(self.known) > FEW_CODES and self._plain() is not None

    def numbers(self) -> NDArray[np.float64]:
        """Return the labels (m,) if they are numbers, otherwise the position of each in `known`.

        A label that is missing becomes any of them.
        """
        plain = self._plain()
        values = np.arange(len(self.known)) if plain is None else plain
        return np.asarray(values[self._all()], dtype=np.float64)

    def values(self) -> NDArray[Any]:
        """Return the labels (m,) as numbers if all are, otherwise as text."""
        plain = self._plain()
        return (np.array([*self.known], dtype=np.str_) if plain is None else plain)[self._all()]

    def _plain(self) -> NDArray[np.float64] | None:
        """Return the classes as numbers, or None if one isn't a number, or if it has more digits than a float64."""
        plain = [self._numerals.plain(name) for name in self.known]
        if None in plain:
            return None
        numbers = np.array(plain, dtype=np.float64)
        return None if (np.abs(numbers) >= MOST_EXACT).any() else numbers

    def _names(self) -> list[str]:
        """Return the names of the classes as `labels.binary` has them."""
        plain = self._plain()
        return [*self.known] if plain is None else [name_of(value) for value in plain]

    def _counts(self) -> NDArray[np.int64]:
        """Return the number of examples of each class."""
        codes = self._all()
        return np.bincount(codes[codes >= 0], minlength=len(self.known))

    def _all(self) -> NDArray[np.int64]:
        return np.concatenate([np.empty(0, dtype=np.int64), *self._codes])

    def binary(self, how: ReadOptions) -> Labelled:
        """Return the labels as 0 and 1, (m,), with the names of the classes, as `labels.binary` does.

        A label that is missing becomes any of them.
        """
        positive = how.positive and how.positive.strip()
        plain = self._plain()
        values: NDArray[Any] = np.array([*self.known], dtype=np.str_) if plain is None else plain
        how = replace(how, positive=positive if plain is None else _plain(positive))
        labelled = binary(self._path, values, how, counts=self._counts())
        return labelled._replace(labels=labelled.labels[self._all()])


def _plain(positive: str | None) -> str | None:
    """Return a class as `labels.binary` names numbers: "1" for "1.0" and "+1"."""
    if positive is None or not PLAIN.is_number(positive):
        return positive
    value = float(positive)
    return str(int(value)) if value.is_integer() else str(value)
