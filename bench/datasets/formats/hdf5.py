"""HDF5 in the course's layout: images and their labels, for training or for testing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.checks import BYTES_PER_NUMBER, IMAGES, NUMBERS, check_fits, refusing
from gradrace.bench.datasets.formats.chunked import Chunked, check_chunks
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.formats.stored import Stored
from gradrace.bench.results import UnusableInput

LAYOUT = "gradrace reads the course's layout: *_set_x (m, height, width, 3) of uint8 and *_set_y (m,) of 0 and 1"


class Hdf5Rows(Chunked):
    """Dataset of an HDF5 file whose first axis counts the examples."""

    def read(self, start: int, stop: int, out: NDArray[Any]) -> None:
        """Read examples start to stop into out (stop − start, n_x), decompressed if necessary."""
        with h5py.File(self.path) as file:
            file[self.name].read_direct(out.reshape(-1, *self.stored_shape[1:]), np.s_[start:stop])


def read(path: Path, how: ReadOptions) -> Dataset:
    """Return the images of an HDF5 file with their labels: train_set_x and train_set_y, or test_set_x and test_set_y.

    The names of the classes come from list_classes if the file has it.
    Raises UnusableInput if the file holds anything else. Shapes and dtypes are checked before images are read.
    """
    with _images(path, how) as (images, labels, names):
        check_fits(path, f"{len(images)} images of shape {images.shape[1:]}", (1 + BYTES_PER_NUMBER) * images.size)
        pixels = images[()]
    return Dataset(pixels.reshape(len(pixels), -1).T, labels, names, tuple(pixels.shape[1:]))


def open_stored(path: Path, how: ReadOptions) -> Dataset:
    """Open the images of an HDF5 file and leave them on disk.

    Raises UnusableInput as `read` does, and if a chunk needs more than `how.memory_bytes`.
    """
    with _images(path, how) as (images, labels, names):
        chunk = images.chunks[0] if images.chunks else 1
        rows = Hdf5Rows(path.absolute(), images.name, images.shape, images.dtype, chunk)
        check_chunks(rows, how)
        return Dataset(Stored.of(path, rows).as_array(), labels, names, tuple(images.shape[1:]))


def read_features(path: Path, wanted: Wanted) -> NDArray[Any]:
    """Return the images alone, (n_x, m), from the test part or else the training part.

    Raises UnusableInput if neither part can be read, or if the number of features isn't the model's.
    """
    for part in ("test", "train"):
        with suppress(UnusableInput):
            X = read(path, ReadOptions(part=part)).X
            if len(X) != wanted.n_x:
                break
            return X
    raise UnusableInput(f"{path}: no images of {wanted.n_x} numbers, as the model needs; {LAYOUT}")


@contextmanager
def _images(path: Path, how: ReadOptions) -> Iterator[tuple[h5py.Dataset, NDArray[np.int64], tuple[str, str]]]:
    """Yield the open images, their labels (m,) and the names of the classes."""
    with refusing(path, "a whole HDF5 file", LAYOUT), h5py.File(path) as file:
        images, classes = _dataset(path, file, f"{how.part}_set_x"), _dataset(path, file, f"{how.part}_set_y")
        _check_kinds(path, images, classes)
        needed = classes.size * (classes.dtype.itemsize + BYTES_PER_NUMBER)
        check_fits(path, f"labels of shape {classes.shape}", needed)
        labels, names = classes[()], _class_names(file)
        if (wrong := np.flatnonzero(~np.isin(labels, (0, 1)))).size:
            told = f"label {labels[wrong[0]]} of image {wrong[0]} is neither 0 nor 1"
            raise UnusableInput(f"{path}: {told}; relabel the classes")
        yield images, labels.astype(np.int64), names


def _dataset(path: Path, file: h5py.File, name: str) -> h5py.Dataset:
    dataset = file.get(name)
    if not isinstance(dataset, h5py.Dataset):
        part, other = ("train", "test") if name.startswith("train") else ("test", "train")
        if f"{other}_set_x" in file:
            raise UnusableInput(f"{path}: has {other} examples, but no {part} examples; were the two files swapped?")
        raise UnusableInput(f"{path}: needs {name}, found {', '.join(file) or 'nothing'}; {LAYOUT}")
    if dataset.external or dataset.is_virtual or dataset.file.filename != file.filename:
        raise UnusableInput(
            f"{path}: {name} is stored in another file, which isn't opened for security; copy it into this one"
        )
    return dataset


def _check_kinds(path: Path, images: h5py.Dataset, classes: h5py.Dataset) -> None:
    """Raise UnusableInput unless shapes and dtypes show that these are images with one numeric label each."""
    if images.shape is None or len(images.shape) != IMAGES or images.size == 0 or images.dtype != np.uint8:
        found = f"{images.dtype} of shape {images.shape}"
        raise UnusableInput(f"{path}: the images are {found}, not uint8 of (m, height, width, channels); {LAYOUT}")
    m = images.shape[0]
    if classes.shape != (m,):
        raise UnusableInput(f"{path}: {m} images but labels of shape {classes.shape}; {LAYOUT}")
    if classes.dtype.kind not in NUMBERS:
        raise UnusableInput(f"{path}: the labels are {classes.dtype}, not integers or floats; {LAYOUT}")


def _class_names(file: h5py.File) -> tuple[str, str]:
    """Return the names of the two classes if the file holds two of fixed length, otherwise "0" and "1".

    Text of variable length is ignored: in a damaged file, the library would search its heap without end.
    """
    named = file.get("list_classes")
    if not isinstance(named, h5py.Dataset) or named.shape != (2,) or named.dtype.kind != "S":
        return "0", "1"
    first, second = (bytes(name).decode(errors="replace") for name in named[()])
    return first, second
