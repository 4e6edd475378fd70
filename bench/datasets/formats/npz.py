"""NumPy's .npz: an archive of .npy files, among them the examples and their labels. Pickles are never read."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from numpy.lib import format as npy_format
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.checks import NUMBERS, TEXT, refusing
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted, told_by
from gradrace.bench.datasets.formats.labels import classes_apart, classes_of
from gradrace.bench.datasets.formats.npy import dataset_of, features_of, read_array
from gradrace.bench.datasets.layouts.names import chosen, only_labels, to_classify
from gradrace.bench.results import UnusableInput


def read(path: Path, how: ReadOptions, stored: Path | None = None) -> Dataset:
    """Return the examples of an .npz with their labels: X and y, or those of a part, such as x_train and y_train.

    stored: file that is opened in place of the one that messages name.
    Raises UnusableInput if it is damaged, or holds anything else.
    """
    with _opened(path, stored) as archive:
        if how.labels is not None:
            X = _member(path, archive, to_classify(path, _shapes(archive), how.part), NUMBERS)
            return dataset_of(path, X, classes_apart(how), how)
        found = chosen(path, _shapes(archive), how)
        X, y = _member(path, archive, found.X, NUMBERS), _member(path, archive, found.y, NUMBERS + TEXT)
    dataset = dataset_of(path, X, classes_of(path, y, how), how)
    return told_by(dataset, found)


def holds_only_examples(path: Path, stored: Path | None = None) -> bool:
    """Return whether an .npz holds a single array."""
    with _opened(path, stored) as archive:
        return len(_names(archive)) == 1


def read_labels(path: Path, how: ReadOptions, stored: Path | None = None) -> Iterator[NDArray[Any]]:
    """Yield the labels of a file that holds nothing else, or labels of a usual name."""
    with _opened(path, stored) as archive:
        yield _member(path, archive, only_labels(path, _names(archive), how.part), NUMBERS + TEXT)


def read_features(path: Path, wanted: Wanted, stored: Path | None = None) -> NDArray[Any]:
    """Return the examples alone, (n_x, m): the test part, the only one, or else the training part.

    Raises UnusableInput as `read` does, and if neither dimension of X is n_x, or both are.
    """
    with _opened(path, stored) as archive:
        X = _member(path, archive, to_classify(path, _shapes(archive)), NUMBERS)
    return features_of(path, X, wanted)


def read_arrays(path: Path, wanted: Sequence[str]) -> list[NDArray[Any]]:
    """Return the arrays of a model with these names. Raises UnusableInput if one is missing or damaged."""
    with _opened(path) as archive:
        if missing := sorted({*wanted} - {*_names(archive)}):
            raise UnusableInput(
                f"{path}: not a model, as {missing[0]} is missing; name a file of `gradrace train --model`"
            )
        return [_member(path, archive, name, NUMBERS + TEXT) for name in wanted]


@contextmanager
def _opened(path: Path, stored: Path | None = None) -> Iterator[zipfile.ZipFile]:
    with refusing(path, "a whole .npz file", "save it again"), zipfile.ZipFile(stored or path) as archive:
        yield archive


def _names(archive: zipfile.ZipFile) -> list[str]:
    return [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]


def _shapes(archive: zipfile.ZipFile) -> dict[str, tuple[int, ...]]:
    return {name: _shape(archive, name) for name in _names(archive)}


def _shape(archive: zipfile.ZipFile, name: str) -> tuple[int, ...]:
    """Return the shape of a member, or () of one that isn't a whole array."""
    with suppress(ValueError, KeyError), archive.open(f"{name}.npy") as stream:
        version = npy_format.read_magic(stream)
        read_header = npy_format.read_array_header_1_0 if version == (1, 0) else npy_format.read_array_header_2_0
        return read_header(stream)[0]
    return ()


def _member(path: Path, archive: zipfile.ZipFile, name: str, kinds: str) -> NDArray[Any]:
    with archive.open(f"{name}.npy") as stream:
        return read_array(path, name, stream, kinds)
