"""The one function behind which all sources of data lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from gradrace.bench.datasets.formats import arrays
from gradrace.bench.datasets.formats.dataset import Dataset, How, Unlabelled
from gradrace.bench.datasets.open_stored import read_stored
from gradrace.bench.results import UnusableInput

SUFFIXES = (".h5", ".hdf5", ".npz", ".npy", ".csv", ".tsv", ".parquet", ".zarr")
NAMES = ("breast_cancer", "digits")
KINDS = f"gradrace reads {', '.join(SUFFIXES)}, a folder of images, {' and '.join(NAMES)}"


def read(source: str, how: How | None = None) -> Dataset:
    """The examples of a file, a folder or a name. Raises UnusableInput if they can't be had, or fit no memory."""
    how, path = how or How(), Path(source)
    check_not_empty(path)
    if path.exists() and (dataset := read_stored(path, how)):
        return dataset
    if path.is_dir() and path.suffix.lower() == ".zarr":
        from gradrace.bench.datasets.formats.zarr_arrays import read_zarr

        return read_zarr(path, how)
    if path.is_dir():
        from gradrace.bench.datasets.formats.images import read_folder

        return read_folder(path, how)
    if path.is_file():
        return _reader(path)(path, how)
    if path.exists():
        raise UnusableInput(f"{path}: is not a file; {KINDS}")
    if source in NAMES:
        from gradrace.bench.datasets.formats.bundled import read_bundled

        return read_bundled(source, how)
    raise UnusableInput(f"{path}: no such file; {KINDS}")


def check_not_empty(path: Path) -> None:
    """Raise UnusableInput if a file is empty, of which each library has words of its own."""
    if path.is_file() and not path.stat().st_size:
        raise UnusableInput(f"{path}: is empty; {KINDS}")


def _reader(path: Path) -> Callable[[Path, How], Dataset]:
    """What reads a file of this kind; only its library is imported, as pandas alone takes 0.8 s."""
    match path.suffix.lower():
        case ".npz":
            return arrays.read_npz
        case ".npy":
            return arrays.read_npy
        case ".csv" | ".tsv" | ".parquet":
            from gradrace.bench.datasets.formats.tables import read_table

            return read_table
        case suffix:
            from gradrace.bench.datasets.formats.hdf5 import is_hdf5, read_hdf5

            if suffix in SUFFIXES or is_hdf5(path):
                return read_hdf5
    raise UnusableInput(f"{path}: a file of unknown kind; {KINDS}")


def read_features(source: str, n_x: int, shape: tuple[int, ...], names: tuple[str, ...]) -> Iterator[Unlabelled]:
    """What a model is to classify: each image, or the examples of a file; of a folder, all images in it.

    n_x: the features it takes; shape: those of an image, or (); names: of a table's columns, or ().
    Raises UnusableInput if there is no such thing, or if it doesn't fit.
    """
    path = Path(source)
    check_not_empty(path)
    if source in NAMES and not path.exists():
        from gradrace.bench.datasets.formats.bundled import read_bundled_features

        yield Unlabelled(source, read_bundled_features(source, n_x))
        return
    if not path.exists():
        raise UnusableInput(f"{path}: no such file; name an image, a folder of images, or a file of examples")
    match path.suffix.lower():
        case ".npz":
            yield Unlabelled(source, arrays.read_npz_features(path, n_x))
        case ".npy":
            yield Unlabelled(source, arrays.read_npy_features(path, n_x))
        case ".csv" | ".tsv" | ".parquet":
            from gradrace.bench.datasets.formats.tables import read_table_features

            yield Unlabelled(source, read_table_features(path, names))
        case ".zarr":
            from gradrace.bench.datasets.formats.zarr_arrays import read_zarr_features

            yield Unlabelled(source, read_zarr_features(path, n_x))
        case ".h5" | ".hdf5":
            from gradrace.bench.datasets.formats.hdf5 import read_hdf5_features

            yield Unlabelled(source, read_hdf5_features(path, n_x))
        case _:
            yield from _images(path, n_x, shape)


def _images(path: Path, n_x: int, shape: tuple[int, ...]) -> Iterator[Unlabelled]:
    """Each image of a folder, or the one that a file is, brought to the model's shape."""
    from gradrace.bench.datasets.formats.images import CHANNELS, files_in, read_image

    if len(shape) != 3 or shape[2] != CHANNELS:
        raise UnusableInput(
            f"{path}: an image, but the model takes {n_x} numbers of another kind; give a file of those"
        )
    for file in files_in(path) if path.is_dir() else [path]:
        yield Unlabelled(str(file), read_image(file, (shape[0], shape[1])).reshape(-1, 1))
