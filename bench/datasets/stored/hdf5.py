"""A dataset of an HDF5 file, whose first axis counts the examples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from bench.datasets.stored.stored import Run, equal_runs


@dataclass(frozen=True, slots=True)
class Hdf5Rows:
    """(m, ...) of a dataset, all but the first axis unrolled. chunk: examples that are decoded together."""

    path: Path
    name: str
    stored_shape: tuple[int, ...]
    dtype: np.dtype[Any]
    chunk: int

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n_x)."""
        return self.stored_shape[0], math.prod(self.stored_shape[1:])

    def read(self, start: int, stop: int, out: NDArray[Any]) -> None:
        """Examples start to stop, decompressed where they are compressed."""
        with h5py.File(self.path) as file:
            file[self.name].read_direct(out.reshape(-1, *self.stored_shape[1:]), np.s_[start:stop])

    def runs(self, count: int) -> list[Run]:
        """Of whole chunks."""
        return equal_runs(self.shape[0], count, self.chunk)
