"""HDF5: an array of images or features and an array of labels, in the course's layout or under other usual names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from posixpath import commonpath, dirname
from shlex import quote
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.checks import (
    BYTES_PER_NUMBER,
    NUMBERS,
    TEXT,
    check_fits,
    check_kind,
    refusing,
    side_of,
)
from gradrace.bench.datasets.formats.chunked import Chunked, check_chunks
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted, told_by
from gradrace.bench.datasets.formats.labels import Labelled, classes_apart, classes_of
from gradrace.bench.datasets.formats.matlab_text import CLASS, NUMERIC, text_of
from gradrace.bench.datasets.formats.npy import check_on_disk, dataset_of, features_of
from gradrace.bench.datasets.formats.stored import Stored, channels_last
from gradrace.bench.datasets.layouts.axes import Axes, axes_of
from gradrace.bench.datasets.layouts.commands import converted, word
from gradrace.bench.datasets.layouts.names import Chosen, chosen, only_labels, to_classify
from gradrace.bench.results import UnusableInput

DAMAGED = ("a whole HDF5 file", "write it again")

MATLAB = b"MATLAB 7.3"
"""First bytes of MATLAB's HDF5 files."""

MOST_NAMES = 100
"""Maximum number of arrays that are looked for in a group."""


class Hdf5Rows(Chunked):
    """Dataset of an HDF5 file whose first axis counts the examples."""

    def read(self, start: int, stop: int, out: NDArray[Any]) -> None:
        """Read examples start to stop into out (stop − start, n_x), decompressed if necessary."""
        with h5py.File(self.path) as file:
            file[self.name].read_direct(out.reshape(-1, *self.stored_shape[1:]), np.s_[start:stop])


def read(path: Path, how: ReadOptions) -> Dataset:
    """Return the examples of an HDF5 file with their labels: train_set_x and train_set_y, or X and y, and the like.

    The names of the classes come from list_classes if the file has it.
    Raises UnusableInput if the file holds anything else. Shapes and dtypes are checked before examples are read.
    """
    with _examples(path, how) as (X, axes, labelled, found):
        side_of(path, axes.flat, len(labelled.labels), "rows" if axes.image else how.examples)
        dataset = dataset_of(path, _in_memory(path, X), labelled, how)
        return told_by(dataset, found)


def open_stored(path: Path, how: ReadOptions) -> Dataset:
    """Open the examples of an HDF5 file and leave them on disk.

    Raises UnusableInput as `read` does, if the examples aren't the rows, and if a chunk needs more than
    `how.memory_bytes`.
    """
    with _examples(path, how) as (X, axes, labelled, found):
        check_on_disk(path, axes)
        if is_matlab(path) and axes.image:
            raise UnusableInput(f"{path}: too large for memory, and MATLAB reverses its axes; save X as .npy")
        flat = axes.flat[::-1] if is_matlab(path) else axes.flat
        if side_of(path, flat, len(labelled.labels), "rows" if axes.image else how.examples) == "columns":
            raise UnusableInput(f"{path}: too large for memory, and examples aren't its rows; save X transposed")
        rows = Hdf5Rows(path.absolute(), X.name, X.shape, X.dtype, X.chunks[0] if X.chunks else 1)
        check_chunks(rows, how)
        stored = Stored.of(path, channels_last(rows, axes))
        return told_by(labelled.dataset(stored.as_array(), shape=axes.image), found)


def read_features(path: Path, wanted: Wanted) -> NDArray[Any]:
    """Return the examples alone, (n_x, m): the test part, the only one, or else the training part.

    Raises UnusableInput if they can't be read, or if the number of features isn't the model's.
    """
    with _opened(path) as file:
        root, names = _arrays(file)
        X = _dataset(path, file, root + to_classify(path, _shapes(file, root, names)), NUMBERS)
        return features_of(path, _in_memory(path, X), wanted)


def holds_only_examples(path: Path) -> bool:
    """Return whether a file holds a single array."""
    with _opened(path) as file:
        return len(_arrays(file)[1]) == 1


def read_labels(path: Path, how: ReadOptions) -> Iterator[NDArray[Any]]:
    """Yield the labels of a file that holds nothing else, or labels of a usual name."""
    with _opened(path) as file:
        root, names = _arrays(file)
        yield _labels(path, file, root + only_labels(path, names, how.part))


@contextmanager
def _opened(path: Path) -> Iterator[h5py.File]:
    with refusing(path, *DAMAGED), h5py.File(path) as file:
        yield file


@contextmanager
def _examples(path: Path, how: ReadOptions) -> Iterator[tuple[h5py.Dataset, Axes, Labelled, Chosen]]:
    """Yield the open examples, their axes, their labels, and how they were found."""
    with _opened(path) as file:
        root, names = _arrays(file)
        shapes = _shapes(file, root, names)
        if how.labels is not None:
            found, labelled = Chosen(to_classify(path, shapes, how.part), ""), classes_apart(how)
        else:
            found = chosen(path, shapes, how)
            labelled = _labelled(path, _labels(path, file, root + found.y), _class_names(file), how)
        X = _dataset(path, file, root + found.X, NUMBERS)
        shape = X.shape[::-1] if is_matlab(path) else X.shape
        yield X, axes_of(path, shape, len(labelled.labels), columns=how.examples == "columns"), labelled, found


def _labels(path: Path, file: h5py.File, name: str) -> NDArray[Any]:
    if is_matlab(path) and isinstance(file.get(name), h5py.Dataset):
        text = text_of(file, name, lambda inner: _dataset(path, file, inner, NUMBERS))
        if text is not None:
            return text
    y = _dataset(path, file, name, NUMBERS + TEXT)
    check_fits(path, f"labels of shape {y.shape}", y.size * (y.dtype.itemsize + BYTES_PER_NUMBER))
    read: NDArray[Any] = y[()]
    return read


def is_matlab(path: Path) -> bool:
    """Return whether a file is MATLAB's: it reverses the axes of all arrays."""
    with path.open("rb") as stream:
        return stream.read(len(MATLAB)) == MATLAB


def _shapes(file: h5py.File, root: str, names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    return {name: _shape(file, root + name) for name in names}


def _shape(file: h5py.File, name: str) -> tuple[int, ...]:
    """Return the shape of an array, or () of anything else. Links into other files aren't followed."""
    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        return ()
    found = file.get(name)
    return (found.shape or ()) if isinstance(found, h5py.Dataset) else ()


def _check_no_model(path: Path, file: h5py.File) -> None:
    """Raise UnusableInput if the file holds a table of pandas, or a model of Keras."""
    if "keras_version" in file.attrs or "model_weights" in file:
        raise UnusableInput(f"{path}: is a model of Keras, not data; name the file of its training data")
    groups = [name for name in [*file][:MOST_NAMES] if isinstance(file.get(name, getlink=True), h5py.HardLink)]
    tables = [name for name in groups if "pandas_type" in file[name].attrs]
    if name := next((name for name in (*(one for one in tables if "train" in one), *tables)), None):
        new = converted(path, ".csv")
        made = f"import pandas; pandas.read_hdf({str(path)!r}, {name!r}).to_csv({new!r}, index=False)"
        told = f"go on with --data {word(new)} after pip install tables && python -c "
        raise UnusableInput(f"{path}: is a table of pandas, which isn't read; {told}{quote(made)}")


def _arrays(file: h5py.File) -> tuple[str, list[str]]:
    """Return the group that holds everything, "" or such as `data/`, and the names within it, such as `train/X`.

    Links aren't followed into groups. At most MOST_NAMES names of a group are returned.
    Raises UnusableInput if the file isn't for arrays.
    """
    _check_no_model(Path(file.filename), file)
    names = list[str]()
    for key in file:
        if key.startswith("#"):  # MATLAB's contents of cells
            continue
        if isinstance(file.get(key, getlink=True), h5py.HardLink) and isinstance(group := file.get(key), h5py.Group):
            names += [f"{key}/{name}" for name in _within(group)]
        else:
            names.append(key)
    common = commonpath([dirname(name) for name in names]) if names else ""
    root = f"{common}/" if common else ""
    return root, [name.removeprefix(root) for name in names]


def _within(group: h5py.Group) -> list[str]:
    """Return the names of the arrays in a group and its groups."""
    names = list[str]()

    def visit(name: str, item: Any) -> bool | None:
        if isinstance(item, h5py.Dataset):
            names.append(name)
        return len(names) >= MOST_NAMES or None

    group.visititems(visit)
    return names


def _in_memory(path: Path, X: h5py.Dataset) -> NDArray[Any]:
    """Return all numbers of an array. Raises UnusableInput if they don't fit the memory as float64."""
    check_fits(path, f"examples of shape {X.shape}", math.prod(X.shape) * (X.dtype.itemsize + BYTES_PER_NUMBER))
    read: NDArray[Any] = X[()]
    return read.T if is_matlab(path) else read


def _dataset(path: Path, file: h5py.File, name: str, kinds: str) -> h5py.Dataset:
    """Return an array of the file. Raises UnusableInput if its data lie elsewhere, or are of another kind."""
    dataset = file.get(name)
    if not isinstance(dataset, h5py.Dataset):
        raise UnusableInput(f"{path}: {name} is no array; save one under this name")
    if dataset.external or dataset.is_virtual or dataset.file.filename != file.filename:
        raise UnusableInput(
            f"{path}: {name} is stored in another file, which isn't opened for security; copy it into this one"
        )
    if dataset.dtype.hasobject:
        told = f"{name} is of variable length, which isn't read"
        raise UnusableInput(f"{path}: {told}; save text as fixed-length bytes, such as y.astype('S')")
    check_kind(path, name, dataset.dtype, kinds)
    if (kind := dataset.attrs.get(CLASS, b"double")) not in NUMERIC:
        told = f"{name} is of MATLAB's class {np.bytes_(kind).decode(errors='replace')}, which isn't read"
        raise UnusableInput(f"{path}: {told}; in MATLAB, convert it by double(...) or cellstr(...), and save it again")
    if not dataset.size:
        raise UnusableInput(f"{path}: {name} is of shape {dataset.shape}, so it is empty; save it again")
    return dataset


def _labelled(path: Path, y: NDArray[Any], names: dict[str, str], how: ReadOptions) -> Labelled:
    """Return the labels and the names of both classes.

    Labels 0 and 1 of a test set stay unchanged: it may hold examples of one class only.
    Raises UnusableInput as `labels.binary` does.
    """
    if how.part == "test" and how.positive is None and y.dtype.kind in "iuf" and np.isin(y, (0, 1)).all():
        classes = names.get("0", "0"), names.get("1", "1")
        return Labelled(np.squeeze(y).reshape(-1).astype(np.int64), classes, classes)
    return classes_of(path, y, how, names)


def _class_names(file: h5py.File) -> dict[str, str]:
    """Return {label: name of its class} if the file holds names of fixed length, otherwise {}.

    Text of variable length is ignored: in a damaged file, the library would search its heap without end.
    """
    named = file.get("list_classes")
    if not isinstance(named, h5py.Dataset) or len(named.shape or ()) != 1 or named.dtype.kind != "S":
        return {}
    return {str(label): bytes(name).decode(errors="replace") for label, name in enumerate(named[()])}
