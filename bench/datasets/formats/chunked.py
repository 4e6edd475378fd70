"""Common parts of HDF5 and Zarr: an array in chunks whose first axis counts the examples."""

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
"""Copies of a chunk in memory: two buffers and the library's decoded chunk."""

LEAST_BYTES = 4 * BLOCK_BYTES
"""Chunks of up to this many bytes are always accepted, because blocks of other formats need as much memory."""


def check_chunks(rows: Chunked, how: ReadOptions) -> None:
    """Raise UnusableInput if the chunks that are decoded together need more than the memory available for X."""
    needed = COPIES * min(rows.chunk, rows.shape[0]) * rows.shape[1] * rows.dtype.itemsize
    if how.memory_bytes is not None and needed > max(how.memory_bytes, LEAST_BYTES):
        raise UnusableInput(
            f"{rows.path}: chunks of {rows.chunk} examples need {needed / 1e9:.2g} GB, but only "
            f"{how.memory_bytes / 1e9:.2g} GB may be used; write fewer examples per chunk, or give more --memory"
        )


@dataclass(frozen=True, slots=True)
class Chunked:
    """Array in a file with all but its first axis unrolled to (m, n_x). chunk: number of examples decoded together."""

    path: Path
    name: str
    stored_shape: tuple[int, ...]
    dtype: np.dtype[Any]
    chunk: int

    @property
    def shape(self) -> tuple[int, int]:
        """Return (m, n_x)."""
        return self.stored_shape[0], math.prod(self.stored_shape[1:])

    def runs(self, count: int) -> list[Run]:
        """Split the examples into runs of about `count` examples, aligned to chunks."""
        return equal_runs(self.shape[0], count, self.chunk)
