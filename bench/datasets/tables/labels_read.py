"""Labels of a text table: classes as the file names them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.dialects.numerals import PLAIN, Numerals
from gradrace.bench.datasets.formats.labels import binary
from gradrace.bench.results import UnusableInput


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

    def classes(self) -> list[str]:
        """Return the names of the classes, sorted."""
        return sorted(self.known)

    def are_usable(self, positive: str | None) -> bool:
        """Return whether the known classes are usable, as `binary` needs them."""
        try:
            self.binary(positive)
        except UnusableInput:
            return False
        return True

    def numbers(self) -> NDArray[np.float64]:
        """Return the labels (m,) if they are numbers, otherwise the position of each in `known`."""
        plain = self._plain()
        values = np.arange(len(self.known)) if plain is None else plain
        return np.asarray(values[self._all()], dtype=np.float64)

    def values(self) -> NDArray[Any]:
        """Return the labels (m,) as numbers if all are, otherwise as text."""
        plain = self._plain()
        return (np.array([*self.known], dtype=np.str_) if plain is None else plain)[self._all()]

    def _plain(self) -> NDArray[np.float64] | None:
        """Return the classes as numbers, or None if one isn't a number."""
        plain = [self._numerals.plain(name) for name in self.known]
        return None if None in plain else np.array(plain, dtype=np.float64)

    def _all(self) -> NDArray[np.int64]:
        return np.concatenate([np.empty(0, dtype=np.int64), *self._codes])

    def binary(self, positive: str | None) -> tuple[NDArray[np.int64], tuple[str, str]]:
        """Return the labels as 0 and 1, (m,), and the names of both classes, as `labels.binary` does."""
        positive = positive and positive.strip()
        plain = self._plain()
        values: NDArray[Any] = np.array([*self.known], dtype=np.str_) if plain is None else plain
        as_binary, classes = binary(self._path, values, positive if plain is None else _plain(positive))
        return as_binary[self._all()], classes


def _plain(positive: str | None) -> str | None:
    """Return a class as `labels.binary` names numbers: "1" for "1.0" and "+1"."""
    if positive is None or not PLAIN.is_number(positive):
        return positive
    value = float(positive)
    return str(int(value)) if value.is_integer() else str(value)
