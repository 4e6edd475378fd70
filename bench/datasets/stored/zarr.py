"""Zarr: a folder with an array X, whose first axis counts the examples, and an array of labels."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.datasets.arrays import FEATURES, IMAGES, LABELS, classes_of, one_of
from bench.datasets.checks import NUMBERS, TEXT, as_features, check_fits, check_kind, first_line
from bench.datasets.dataset import Dataset, How
from bench.datasets.stored.stored import Run, Stored, equal_runs, identity
from bench.results import UnusableInput


@dataclass(frozen=True, slots=True)
class ZarrRows:
    """(m, ...) of an array, all but the first axis unrolled."""

    path: Path
    name: str
    stored_shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n_x)."""
        return self.stored_shape[0], math.prod(self.stored_shape[1:])

    def read(self, start: int, stop: int, out: NDArray[Any]) -> None:
        """Examples start to stop, decompressed where they are compressed."""
        import zarr

        array = zarr.open_group(self.path, mode="r")[self.name]
        out[:] = array[start:stop].reshape(stop - start, -1)

    def runs(self, count: int) -> list[Run]:
        """As asked: any run is read without a detour."""
        return equal_runs(self.shape[0], count)


def read_zarr(path: Path, how: How) -> Dataset:
    """X and y of a Zarr folder. Raises UnusableInput if it is damaged, or holds anything else."""
    dataset = open_zarr(path, how)
    X = dataset.X
    check_fits(str(path), f"X of shape {X.shape}", 2 * X.dtype.itemsize * math.prod(X.shape))
    return replace(dataset, X=as_features(str(path), X[:, : dataset.m]))


def open_zarr(path: Path, how: How) -> Dataset:
    """The same, but X stays on disk."""
    try:
        import zarr
    except ImportError as missing:
        raise UnusableInput(f"{path}: Zarr needs the package zarr; install the extra `zarr`") from missing
    try:
        group = zarr.open_group(path, mode="r")
        names = sorted(name for name, _ in group.arrays())
        X = group[one_of(path, names, FEATURES)]
        y = group[one_of(path, names, (how.label,) if how.label else LABELS)]
        check_kind(str(path), "X", X.dtype)
        check_kind(str(path), "y", y.dtype, NUMBERS + TEXT)
        labels, classes = classes_of(path, y[...], how)
    except UnusableInput:
        raise
    except Exception as error:  # of a damaged one zarr raises KeyError, ValueError, OSError, JSON's errors, ...
        raise UnusableInput(f"{path}: not a whole Zarr folder ({first_line(error)}); write it again") from error
    if X.ndim not in (2, IMAGES) or X.shape[0] != len(labels) or 0 in X.shape:
        raise UnusableInput(
            f"{path}: X is of shape {X.shape}, and there are {len(labels)} labels; examples are its rows"
        )
    rows = ZarrRows(path.absolute(), X.basename, X.shape, X.dtype)
    return Dataset(Stored(rows, identity(path)).as_array(), labels, classes, X.shape[1:] if X.ndim == IMAGES else ())
