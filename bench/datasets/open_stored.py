"""Files whose X may stay on disk; of them no more is read than shapes, dtypes and labels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gradrace.bench.datasets.formats.checks import BYTES_PER_NUMBER
from gradrace.bench.datasets.formats.dataset import Dataset, How
from gradrace.bench.datasets.stored.stored import is_stored
from gradrace.bench.results import UnusableInput

MOST_COPIES = 1 + BYTES_PER_NUMBER
"""Of a byte: itself, and a float64."""


def read_stored(path: Path, how: How) -> Dataset | None:
    """The examples of a file that outgrow `how.memory_bytes`; None if they don't, or if it isn't of such a kind.

    Raises UnusableInput as the file's own reader does.
    """
    opener = _opener(path)
    if opener is None or how.memory_bytes is None:
        return None
    try:
        dataset = opener(path, how)
    except UnusableInput:
        if MOST_COPIES * path.stat().st_size <= how.memory_bytes:
            return None  # what is to stay on disk has to lie in a certain way, and what is read into memory has not
        raise
    assert is_stored(dataset.X)
    copies = 1 + BYTES_PER_NUMBER / dataset.X.dtype.itemsize
    return dataset if copies * dataset.X.nbytes > how.memory_bytes else None


def _opener(path: Path) -> Callable[[Path, How], Dataset] | None:
    if path.is_dir() != (path.suffix.lower() == ".zarr"):
        return None
    match path.suffix.lower():
        case ".npy":
            from gradrace.bench.datasets.formats.npy_rows import open_npy

            return open_npy
        case ".parquet":
            from gradrace.bench.datasets.formats.parquet_rows import open_parquet

            return open_parquet
        case ".zarr":
            from gradrace.bench.datasets.formats.zarr_arrays import open_zarr

            return open_zarr
        case ".h5" | ".hdf5":
            from gradrace.bench.datasets.formats.hdf5 import open_hdf5

            return open_hdf5
    return None
