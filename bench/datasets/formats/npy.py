"""NumPy's .npy: X in one file, in memory or on disk, and its labels in another. Pickles are never read."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.checks import (
    BYTES_PER_NUMBER,
    NUMBERS,
    TEXT,
    as_features,
    check_fits,
    check_kind,
    check_letters,
    refusing,
    side_of,
)
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.formats.labels import Labelled, classes_apart
from gradrace.bench.datasets.formats.stored import Run, Stored, channels_last, equal_runs
from gradrace.bench.datasets.layouts.axes import Axes, axes_of
from gradrace.bench.datasets.layouts.commands import converted, free, go_on, python
from gradrace.bench.results import UnusableInput

RECORDS = "V"
"""Kind of NumPy dtypes with a name for each number."""

DAMAGED = ("a whole .npy file", "save it again")


@dataclass(frozen=True, slots=True)
class NpyRows:
    """C-ordered rows (m, n_x) that begin at an offset in a file.

    They are read with preadv, because a memory map would count every page that it touched as resident memory.
    """

    path: Path
    offset: int
    shape: tuple[int, int]
    dtype: np.dtype[Any]

    def read(self, start: int, stop: int, out: NDArray[Any]) -> None:
        """Read examples start to stop into out (stop − start, n_x) with as few system calls as possible.

        Raises OSError if the file ends too early.
        """
        place = self.offset + start * self.shape[1] * self.dtype.itemsize
        left = out.view(np.uint8).reshape(-1).data
        with self.path.open("rb", buffering=0) as file:
            while left:
                count = os.preadv(file.fileno(), [left], place)
                if count == 0:
                    raise OSError(f"{self.path} ends before example {stop}")
                left, place = left[count:], place + count

    def runs(self, count: int) -> list[Run]:
        """Split the examples into runs of `count`. Any run is one contiguous read."""
        return equal_runs(self.shape[0], count)


def read(path: Path, how: ReadOptions) -> Dataset:
    """Return X of an .npy with the labels of another file, `how.labels`.

    Raises UnusableInput if a file is damaged, or holds anything else.
    """
    return dataset_of(path, _array(path, "X"), classes_apart(how), how)


def remedy(path: Path) -> str:
    """Return the words with the command for an array whose last column holds the labels, if it may have one.

    Raises UnusableInput if the file is damaged, or if its entries are records, with the command that makes a CSV.
    """
    with refusing(path, *DAMAGED), path.open("rb") as stream:
        shape, _, dtype = _header(path, "X", stream, NUMBERS + RECORDS)
    if dtype.names:
        new = converted(path, ".csv")
        made = f"import numpy, pandas; pandas.DataFrame(numpy.load({str(path)!r})).to_csv({new!r}, index=False)"
        told = f"holds records; {go_on(new, made)}"
        raise UnusableInput(f"{path}: {told}")
    made = "import numpy; rows = numpy.load({!r}); numpy.savez({!r}, X=rows[:, :-1], y=rows[:, -1])"
    command = python(made.format(str(path), free(path.with_suffix(".npz"))))
    return f", or if its last column holds them, make a file of both: {command}" if len(shape) == 2 else ""


def holds_only_examples(path: Path) -> bool:  # noqa: ARG001
    """Return True: an .npy holds a single array."""
    return True


def read_labels(path: Path, how: ReadOptions) -> Iterator[NDArray[Any]]:  # noqa: ARG001
    """Yield the array of a file of labels. Raises UnusableInput if it is damaged."""
    yield _array(path, "y", NUMBERS + TEXT)


def open_stored(path: Path, how: ReadOptions) -> Dataset:
    """Open X of an .npy and leave it on disk.

    Raises UnusableInput as `read` does, and if the numbers of an example aren't contiguous: each of them would then
    cost the read of a page.
    """
    labelled = classes_apart(how)
    with refusing(path, *DAMAGED), path.open("rb") as stream:
        shape, fortran_order, dtype = _header(path, "X", stream, NUMBERS)
        offset = stream.tell()
    axes = axes_of(path, shape, len(labelled.labels), columns=how.examples == "columns")
    side = side_of(path, axes.flat, len(labelled.labels), "rows" if axes.image else how.examples)
    check_on_disk(path, axes)
    if (side == "columns") != fortran_order:
        remedy = "save X with examples as rows" + (", in C's order" if axes.image else "")
        raise UnusableInput(f"{path}: too large for memory, and an example's numbers aren't contiguous; {remedy}")
    m, n_x = axes.flat if side == "rows" else axes.flat[::-1]
    if path.stat().st_size < offset + m * n_x * dtype.itemsize:
        raise UnusableInput(f"{path}: not a whole .npy file (it ends too early); save it again")
    X = Stored.of(path, channels_last(NpyRows(path.absolute(), offset, (m, n_x), dtype), axes))
    return labelled.dataset(X.as_array(), shape=axes.image)


def check_on_disk(path: Path, axes: Axes) -> None:
    """Raise UnusableInput if an array with these axes can't stay on disk."""
    if axes.examples_last:
        raise UnusableInput(f"{path}: too large for memory, and examples are its last axis; save X with examples first")


def read_features(path: Path, wanted: Wanted) -> NDArray[Any]:
    """Return X alone, (n_x, m).

    Raises UnusableInput as `read` does, and if neither dimension of X is n_x, or both are.
    """
    return features_of(path, _array(path, "X"), wanted)


def dataset_of(path: Path, X: NDArray[Any], labelled: Labelled, how: ReadOptions) -> Dataset:
    """Return the examples of X, with examples as rows or columns, and of their labels.

    Raises UnusableInput if X doesn't fit the labels, or holds unusable values.
    """
    m = len(labelled.labels)
    axes = axes_of(path, X.shape, m, columns=how.examples == "columns")
    side = side_of(path, axes.flat, m, "rows" if axes.image else how.examples)
    rows = axes.rows(X)
    if axes.examples_last:
        told = f"the last axis of X counts the examples, of shape {X.shape}"
        labelled = labelled._replace(readings=(told, *labelled.readings))
    return labelled.dataset(as_features(path, rows.T if side == "rows" else rows), shape=axes.image)


def features_of(path: Path, X: NDArray[Any], wanted: Wanted) -> NDArray[Any]:
    """Return X as (n_x, m), with the n_x features that a model takes.

    Raises UnusableInput if neither dimension of X is n_x, or both are, or if a number isn't finite.
    """
    n_x, shape = wanted.n_x, X.shape
    is_last = len(shape) > 2 and math.prod(shape[:-1]) == n_x != math.prod(shape[1:])
    axes = axes_of(path, shape, shape[-1] if is_last else None, columns=is_last)
    if axes.flat == (n_x, n_x) and not axes.image:
        raise UnusableInput(f"{path}: X is {n_x} by {n_x}, so examples and features look alike; give one example more")
    if n_x not in (axes.flat[1:] if axes.image else axes.flat):
        raise UnusableInput(f"{path}: X is of shape {axes.flat}, the model takes {n_x} features; give it those")
    rows = axes.rows(X)
    return as_features(path, rows.T if axes.image or axes.flat[1] == n_x else rows)


def read_array(path: Path, name: str, stream: IO[bytes], kinds: str) -> NDArray[Any]:
    """Read one array, after its header shows that its dtype is allowed and that it fits the memory.

    Raises UnusableInput if it doesn't.
    """
    shape, fortran_order, dtype = _header(path, name, stream, kinds)
    check_fits(path, f"{name} of shape {shape}", math.prod(shape) * (dtype.itemsize + BYTES_PER_NUMBER))
    raw = stream.read(math.prod(shape) * dtype.itemsize)
    array: NDArray[Any] = np.ndarray(shape, dtype, raw, order="F" if fortran_order else "C")
    check_letters(path, name, array)
    return array


def _array(path: Path, name: str, kinds: str = NUMBERS) -> NDArray[Any]:
    with refusing(path, *DAMAGED), path.open("rb") as stream:
        return read_array(path, name, stream, kinds)


def _header(path: Path, name: str, stream: IO[bytes], kinds: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return the shape, whether the order is Fortran's, and the dtype. The stream then stands at the first number.

    Raises UnusableInput if the version, the dtype or the shape isn't allowed.
    """
    version = npy_format.read_magic(stream)
    headers = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}
    if version not in headers:
        raise UnusableInput(
            f"{path}: {name} is of .npy version {version}, which only unusual names need; save plain arrays"
        )
    shape, fortran_order, dtype = headers[version](stream)
    check_kind(path, name, dtype, kinds)
    if not dtype.itemsize:  # a tiny file could declare billions of empty entries
        raise UnusableInput(f"{path}: {name} holds texts of length 0; save it again")
    if any(length < 0 for length in shape):  # a negative length would read the whole rest, of any unpacked size
        raise UnusableInput(f"{path}: {name} is of shape {shape}, with a negative length; save it again")
    return shape, fortran_order, dtype
