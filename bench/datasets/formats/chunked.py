"""What HDF5 and Zarr have in common: an array of any dimensions, whose first axis counts the examples, in chunks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gradrace.bench.datasets.formats.dataset import ReadOptions
from gradrace.bench.datasets.formats.stored import BLOCK_BYTES, Run, equal_runs
from gradrace.bench.results import UnusableInput

COPIES = 3
"""Two buffers, and what a library decodes."""

LEAST_BYTES = 4 * BLOCK_BYTES
"""However little memory there is: blocks of everything else take as much."""


def check_chunks(rows: Chunked, how: ReadOptions) -> None:
    """Raise UnusableInput if the chunks that are decoded together take more than the memory that there is for X."""
    needed = COPIES * min(rows.chunk, rows.shape[0]) * rows.shape[1] * rows.dtype.itemsize
    if how.memory_bytes is not None and needed > max(how.memory_bytes, LEAST_BYTES):
        raise UnusableInput(
            f"{rows.path}: {rows.chunk} examples are in chunks together, which need {needed / 1e9:.2g} GB, and there "
            f"are {how.memory_bytes / 1e9:.2g}; write it with fewer examples to a chunk, or give more --memory"
        )


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
