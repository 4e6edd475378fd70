"""NumPy's .npy, read by its place in the file: a memory map would count every page that it touched as resident."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.arrays import IMAGES, classes_of, header, npy_labels
from gradrace.bench.datasets.formats.checks import NUMBERS, first_line
from gradrace.bench.datasets.formats.dataset import Dataset, How
from gradrace.bench.datasets.stored.stored import Run, Stored, equal_runs
from gradrace.bench.results import UnusableInput


@dataclass(frozen=True, slots=True)
class NpyRows:
    """C-ordered (m, n_x) from an offset of a file on."""

    path: Path
    offset: int
    shape: tuple[int, int]
    dtype: np.dtype[Any]

    def read(self, start: int, stop: int, out: NDArray[Any]) -> None:
        """Examples start to stop, in as few calls as the system takes."""
        place = self.offset + start * self.shape[1] * self.dtype.itemsize
        left = out.view(np.uint8).reshape(-1).data
        with self.path.open("rb", buffering=0) as file:
            while left:
                count = os.preadv(file.fileno(), [left], place)
                if count == 0:
                    raise OSError(f"{self.path} ends before example {stop}")
                left, place = left[count:], place + count

    def runs(self, count: int) -> list[Run]:
        """As asked: any run is read without a detour."""
        return equal_runs(self.shape[0], count)


def open_npy(path: Path, how: How) -> Dataset:
    """X where it lies, y of the .npy that --label names. Raises UnusableInput as `read_npy` does.

    And if an example's numbers don't lie side by side: to read it would be to read a page for each of them.
    """
    labels, classes = classes_of(path, npy_labels(path, how), how)
    try:
        with path.open("rb") as stream:
            shape, fortran_order, dtype = header(path, "X", stream, NUMBERS)
            offset = stream.tell()
    except UnusableInput:
        raise
    except Exception as error:  # NumPy parses the header as a Python literal, which may fail in any way
        raise UnusableInput(f"{path}: not a whole .npy file ({first_line(error)}); save it again") from error
    m, n_x, image = _examples(path, shape, len(labels), how, by_columns=fortran_order)
    if path.stat().st_size < offset + m * n_x * dtype.itemsize:
        raise UnusableInput(f"{path}: not a whole .npy file (it ends too early); save it again")
    X = Stored.of(path, NpyRows(path.absolute(), offset, (m, n_x), dtype))
    return Dataset(X.as_array(), labels, classes, image)


def _examples(
    path: Path, shape: tuple[int, ...], m: int, how: How, *, by_columns: bool
) -> tuple[int, int, tuple[int, ...]]:
    """m, n_x, and the shape of the images that X is, or (), where examples lie one after the other."""
    apart = f"{path}: too large for the memory, and an example's numbers lie apart; save X with examples as rows"
    if len(shape) == IMAGES and shape[0] == m:
        if by_columns:
            raise UnusableInput(f"{apart}, in C's order")
        return m, math.prod(shape[1:]), shape[1:]
    if len(shape) != 2 or m not in shape:
        raise UnusableInput(f"{path}: X is of shape {shape}, and there are {m} labels; give one label an example")
    if shape[0] == shape[1] and how.examples is None:
        raise UnusableInput(f"{path}: X is {m} by {m}; say with --examples whether they are its rows or its columns")
    side = how.examples or ("rows" if shape[0] == m else "columns")
    if shape[0 if side == "rows" else 1] != m:
        raise UnusableInput(f"{path}: {m} labels, but X is of shape {shape}; give one label an example")
    if (side == "columns") != by_columns:
        raise UnusableInput(apart)
    return m, shape[1 if side == "rows" else 0], ()
