"""Labels of a text table: classes as the file names them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.labels import binary
from gradrace.bench.datasets.tables.findings import RECIPE
from gradrace.bench.datasets.tables.header import is_number
from gradrace.bench.results import UnusableInput


class Labels:
    """Labels gathered chunk by chunk, as text.

    Attributes:
        known: position of each class, in the order of appearance.
    """

    def __init__(self, path: Path, decimal: str) -> None:
        self.known: dict[str, int] = {}
        self._path, self._decimal = path, decimal
        self._codes: list[NDArray[np.int64]] = []
        self._m = 0

    def code(self, text: str) -> int:
        """Return the position of a class in `known`, or −1 for an empty cell."""
        name = text.strip()
        return self.known.setdefault(name, len(self.known)) if name else -1

    def take(self, codes: NDArray[np.int64]) -> None:
        """Append the codes of labels. Raises UnusableInput if one is missing."""
        if (missing := np.flatnonzero(codes < 0)).size:
            example = self._m + missing[0] + 1
            raise UnusableInput(f"{self._path}: the label of example {example} is missing; drop the example: {RECIPE}")
        self._codes.append(codes)
        self._m += len(codes)

    def classes(self) -> list[str]:
        """Return the names of the classes, sorted."""
        return sorted(self.known)

    def binary(self, positive: str | None) -> tuple[NDArray[np.int64], tuple[str, str]]:
        """Return the labels as 0 and 1, (m,), and the names of both classes, as `labels.binary` does."""
        positive = positive and positive.strip()
        names = [*self.known]
        numeric = all(is_number(name, self._decimal) for name in names)
        values: NDArray[Any] = np.array(names, dtype=np.str_)
        if numeric:
            values = np.array([float(name.replace(",", ".")) for name in names], dtype=np.float64)
        codes = np.concatenate([np.empty(0, dtype=np.int64), *self._codes])
        as_binary, classes = binary(self._path, values, _plain(positive) if numeric else positive)
        return as_binary[codes], classes


def _plain(positive: str | None) -> str | None:
    """Return a class as `labels.binary` names numbers: "1" for "1.0" and "+1"."""
    if positive is None or not is_number(positive):
        return positive
    value = float(positive)
    return str(int(value)) if value.is_integer() else str(value)
