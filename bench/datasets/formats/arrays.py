"""NumPy's own files: .npz with X and y; .npy with X, and a second one with y. Never a pickle."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.checks import (
    BYTES_PER_NUMBER,
    NUMBERS,
    TEXT,
    as_features,
    check_fits,
    check_kind,
    check_letters,
    first_line,
    oriented,
)
from gradrace.bench.datasets.formats.dataset import Dataset, How
from gradrace.bench.datasets.formats.labels import binary
from gradrace.bench.results import UnusableInput

FEATURES = ("X", "x", "data", "images")
LABELS = ("y", "Y", "labels", "target")
IMAGES = 4
"""The dimensions of X where it is images: (m, height, width, channels)."""


def read_npz(path: Path, how: How) -> Dataset:
    """X and y of an .npz. Raises UnusableInput if it is damaged, or holds anything else."""
    X, y = read_arrays(path, FEATURES, (how.label,) if how.label else LABELS)
    return _dataset(path, X, y, how)


def read_arrays(path: Path, *wanted: tuple[str, ...]) -> list[NDArray[Any]]:
    """Of each of these sets of names, the one array of an .npz that is called so; X of numbers, others text as well."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist()]
            kinds = [NUMBERS if usual is FEATURES else NUMBERS + TEXT for usual in wanted]
            found = [one_of(path, names, usual) for usual in wanted]
            return [_member(path, archive, name, kind) for name, kind in zip(found, kinds, strict=True)]
    except UnusableInput:
        raise
    except Exception as error:  # a damaged archive may raise anything: zlib.error, struct.error, ...
        raise UnusableInput(f"{path}: not a whole .npz file ({first_line(error)}); save it again") from error


def read_npy(path: Path, how: How) -> Dataset:
    """X of an .npy, y of the one that --label names. Raises UnusableInput as read_npz does."""
    y = npy_labels(path, how)
    return _dataset(path, _file(path, "X"), y, how)


def npy_labels(path: Path, how: How) -> NDArray[Any]:
    """The labels that belong to an .npy. Raises UnusableInput if there are none."""
    if how.label is None:
        raise UnusableInput(f"{path}: has no labels; name the .npy that has them with --label")
    return _file(Path(how.label), "y", NUMBERS + TEXT)


def _dataset(path: Path, X: NDArray[Any], y: NDArray[Any], how: How) -> Dataset:
    labels, classes = classes_of(path, y, how)
    X, shape = _unrolled(path, X)
    examples = "rows" if shape else how.examples
    return Dataset(as_features(str(path), oriented(str(path), X, len(labels), examples)), labels, classes, shape)


def classes_of(path: Path, y: NDArray[Any], how: How) -> tuple[NDArray[np.int64], tuple[str, str]]:
    """Labels (m,) of 0 and 1, and what those are called. Raises UnusableInput if they can't be told."""
    y = np.squeeze(y)
    if y.ndim != 1:
        raise UnusableInput(f"{path}: the labels are of shape {y.shape}; give one label an example")
    return binary(str(path), y, how.positive)


def read_npz_features(path: Path, n_x: int) -> NDArray[Any]:
    """X alone, (n_x, m). Raises UnusableInput as read_npz does, or if no side of it, or either, has n_x features."""
    return _features(path, read_arrays(path, FEATURES)[0], n_x)


def read_npy_features(path: Path, n_x: int) -> NDArray[Any]:
    """Likewise of an .npy."""
    return _features(path, _file(path, "X"), n_x)


def _features(path: Path, X: NDArray[Any], n_x: int) -> NDArray[Any]:
    X, shape = _unrolled(path, X)
    if X.shape == (n_x, n_x) and not shape:
        raise UnusableInput(f"{path}: X is {n_x} by {n_x}, and nothing tells its examples; give it one example more")
    if n_x not in (X.shape[1:] if shape else X.shape):
        raise UnusableInput(f"{path}: X is of shape {X.shape}, the model takes {n_x} features; give it those")
    return as_features(str(path), X.T if shape or X.shape[1] == n_x else X)


def _unrolled(path: Path, X: NDArray[Any]) -> tuple[NDArray[Any], tuple[int, ...]]:
    """X of two dimensions, and the shape of the images that it was."""
    if X.ndim == IMAGES and X.size:
        return X.reshape(len(X), -1), tuple(X.shape[1:])
    if X.ndim != 2 or not X.size:
        raise UnusableInput(f"{path}: X is of shape {X.shape}; give it examples and features, or (m, height, width, 3)")
    return X, ()


def one_of(path: Path, names: list[str], usual: tuple[str, ...]) -> str:
    """The one of the usual names that is among these. Raises UnusableInput if none is, or several are."""
    found = [name for name in usual if name in names]
    if len(found) != 1:
        wanted, has = " or ".join(usual), ", ".join(names[:10]) or "nothing"
        raise UnusableInput(f"{path}: needs {'just one of ' if found else ''}{wanted}, holds {has}")
    return found[0]


def _member(path: Path, archive: zipfile.ZipFile, name: str, kinds: str) -> NDArray[Any]:
    with archive.open(f"{name}.npy") as stream:
        return _read(path, name, stream, kinds)


def _file(path: Path, name: str, kinds: str = NUMBERS) -> NDArray[Any]:
    if not path.is_file():
        raise UnusableInput(f"{path}: no such file; name an .npy file")
    try:
        with path.open("rb") as stream:
            return _read(path, name, stream, kinds)
    except UnusableInput:
        raise
    except Exception as error:  # NumPy parses the header as a Python literal, which may fail in any way
        raise UnusableInput(f"{path}: not a whole .npy file ({first_line(error)}); save it again") from error


def header(path: Path, name: str, stream: IO[bytes], kinds: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether in Fortran's order, and dtype, of the kinds allowed; the stream stands where the numbers begin."""
    version = npy.read_magic(stream)
    headers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in headers:
        raise UnusableInput(
            f"{path}: {name} is of .npy version {version}, which only odd names need; save plain arrays"
        )
    shape, fortran_order, dtype = headers[version](stream)
    check_kind(str(path), name, dtype, kinds)
    if not dtype.itemsize:  # or there could be billions of them in no byte
        raise UnusableInput(f"{path}: {name} is of texts without a letter; save it again")
    if any(length < 0 for length in shape):  # or all that follows would be read, however much it unpacks to
        raise UnusableInput(f"{path}: {name} is of shape {shape}, and no length is negative; save it again")
    return shape, fortran_order, dtype


def _read(path: Path, name: str, stream: IO[bytes], kinds: str) -> NDArray[Any]:
    """One array, after its header has told that it holds numbers and fits the memory."""
    shape, fortran_order, dtype = header(path, name, stream, kinds)
    check_fits(str(path), f"{name} of shape {shape}", math.prod(shape) * (dtype.itemsize + BYTES_PER_NUMBER))
    raw = stream.read(math.prod(shape) * dtype.itemsize)
    array: NDArray[Any] = np.ndarray(shape, dtype, raw, order="F" if fortran_order else "C")
    check_letters(str(path), name, array)
    return array
