"""The one function behind which all sources of data lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import h5py

from bench.datasets.arrays import read_npy, read_npy_features, read_npz, read_npz_features
from bench.datasets.bundled import NAMES, read_bundled
from bench.datasets.dataset import Dataset, How, Unlabelled
from bench.datasets.hdf5 import read_hdf5, read_hdf5_features
from bench.datasets.images import CHANNELS, files_in, read_folder, read_image
from bench.datasets.tables import read_table, read_table_features
from bench.results import UnusableInput

BY_SUFFIX: dict[str, Callable[[Path, How], Dataset]] = {
    ".h5": read_hdf5,
    ".hdf5": read_hdf5,
    ".npz": read_npz,
    ".npy": read_npy,
    ".csv": read_table,
    ".tsv": read_table,
    ".parquet": read_table,
}
KINDS = f"gradrace reads {', '.join(BY_SUFFIX)}, a folder of images, {' and '.join(NAMES)}"


def read(source: str, how: How | None = None) -> Dataset:
    """The examples of a file, a folder or a name. Raises UnusableInput if they can't be had, or fit no memory."""
    how, path = how or How(), Path(source)
    if path.is_dir():
        return read_folder(path, how)
    if path.is_file():
        reader = BY_SUFFIX.get(path.suffix.lower())
        if reader is None and h5py.is_hdf5(path):
            reader = read_hdf5
        if reader is None:
            raise UnusableInput(f"{path}: a file of unknown kind; {KINDS}")
        return reader(path, how)
    if path.exists():
        raise UnusableInput(f"{path}: is not a file; {KINDS}")
    if source in NAMES:
        return read_bundled(source, how)
    raise UnusableInput(f"{path}: no such file; {KINDS}")


def read_features(source: str, n_x: int, shape: tuple[int, ...], names: tuple[str, ...]) -> Iterator[Unlabelled]:
    """What a model is to classify: each image, or the examples of a file; of a folder, all images in it.

    n_x: the features it takes; shape: those of an image, or (); names: of a table's columns, or ().
    Raises UnusableInput if there is no such thing, or if it doesn't fit.
    """
    path = Path(source)
    if not path.exists():
        raise UnusableInput(f"{path}: no such file; name an image, a folder of images, or a file of examples")
    suffix = path.suffix.lower()
    if suffix in (".h5", ".hdf5"):
        yield Unlabelled(source, read_hdf5_features(path, n_x))
    elif suffix in (".npz", ".npy"):
        yield Unlabelled(source, (read_npz_features if suffix == ".npz" else read_npy_features)(path, n_x))
    elif suffix in (".csv", ".tsv", ".parquet"):
        yield Unlabelled(source, read_table_features(path, names))
    elif len(shape) != 3 or shape[2] != CHANNELS:
        raise UnusableInput(
            f"{path}: an image, but the model takes {n_x} numbers of another kind; give it a file of those"
        )
    else:
        for file in files_in(path) if path.is_dir() else [path]:
            yield Unlabelled(str(file), read_image(file, (shape[0], shape[1])).reshape(-1, 1))
