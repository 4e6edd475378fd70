"""What HDF5 and Zarr have in common: an array of any dimensions, whose first axis counts the examples, in chunks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.datasets.stored.stored import Run, equal_runs


@dataclass(frozen=True, slots=True)
class Chunked:
    """(m, ...) of an array in a file, all but the first axis unrolled. chunk: examples that are decoded together."""

    path: Path
    name: str
    stored_shape: tuple[int, ...]
    dtype: np.dtype[Any]
    chunk: int

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n_x)."""
        return self.stored_shape[0], math.prod(self.stored_shape[1:])

    def runs(self, count: int) -> list[Run]:
        """Of whole chunks."""
        return equal_runs(self.shape[0], count, self.chunk)
