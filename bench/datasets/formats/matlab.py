"""MATLAB's files before version 7.3, through SciPy's reader. Those of 7.3 are HDF5."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import io

from gradrace.bench.datasets.formats.checks import BYTES_PER_NUMBER, NUMBERS, TEXT, check_fits, check_kind, refusing
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted, told_by
from gradrace.bench.datasets.formats.labels import classes_of
from gradrace.bench.datasets.formats.npy import dataset_of, features_of
from gradrace.bench.datasets.layouts.names import chosen, to_classify

DAMAGED = ("a whole MATLAB file", "save it again, by save -v7.3 or as CSV")

NO_ARRAYS = ("cell", "struct", "object", "opaque", "function", "unknown")
"""Classes of MATLAB that hold no numbers."""


def read(path: Path, how: ReadOptions) -> Dataset:
    """Return the examples of a MATLAB file with their labels: X and y, and the like.

    Raises UnusableInput if it is damaged, or holds anything else. Shapes are checked before examples are read.
    """
    shapes = _shapes(path)
    found = chosen(path, shapes, how)
    X, y = _array(path, found.X, shapes, NUMBERS), _array(path, found.y, shapes, NUMBERS + TEXT)
    dataset = dataset_of(path, X, classes_of(path, y, how), how)
    return told_by(dataset, found)


def read_features(path: Path, wanted: Wanted) -> NDArray[Any]:
    """Return the examples alone, (n_x, m). Raises UnusableInput as `read` does, or if they don't fit the model."""
    shapes = _shapes(path)
    return features_of(path, _array(path, to_classify(path, shapes), shapes, NUMBERS), wanted)


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    with refusing(path, *DAMAGED):
        return {name: tuple(map(int, shape)) for name, shape, kind in io.whosmat(path) if kind not in NO_ARRAYS}


def _array(path: Path, name: str, shapes: Mapping[str, tuple[int, ...]], kinds: str) -> NDArray[Any]:
    check_fits(path, f"{name} of shape {shapes[name]}", 2 * math.prod(shapes[name]) * BYTES_PER_NUMBER)
    with refusing(path, *DAMAGED):
        found = io.loadmat(path, variable_names=[name])[name]
        array: NDArray[Any] = np.asarray(found.toarray() if hasattr(found, "toarray") else found)
    check_kind(path, name, array.dtype, kinds)
    return np.char.strip(array) if array.dtype.kind in TEXT else array  # MATLAB pads texts to the longest
