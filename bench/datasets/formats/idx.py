"""IDX, the files of MNIST: images of bytes in one file, which may be compressed, and their labels in another."""

from __future__ import annotations

import gzip
import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.checks import BYTES_PER_NUMBER, check_fits, refusing
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.formats.labels import classes_apart
from gradrace.bench.datasets.formats.npy import dataset_of, features_of
from gradrace.bench.results import UnusableInput

MOST_AXES = 4


def read(path: Path, how: ReadOptions) -> Dataset:
    """Return the examples of a file with the labels of another file, `how.labels`.

    Raises UnusableInput if it is damaged.
    """
    return dataset_of(path, _array(path), classes_apart(how), how)


def holds_only_examples(path: Path) -> bool:  # noqa: ARG001
    """Return True: an IDX file holds a single array."""
    return True


def read_labels(path: Path, how: ReadOptions) -> Iterator[NDArray[Any]]:  # noqa: ARG001
    """Yield the array of a file of labels. Raises UnusableInput if it is damaged."""
    yield _array(path)


def read_features(path: Path, wanted: Wanted) -> NDArray[Any]:
    """Return the examples alone, (n_x, m). Raises UnusableInput as `read` does, or if they don't fit the model."""
    return features_of(path, _array(path), wanted)


def _array(path: Path) -> NDArray[np.uint8]:
    with refusing(path, "a whole IDX file", "download it again"), _opened(path) as stream:
        start = stream.read(4)
        if start[:3] != b"\0\0\x08" or not 1 <= start[3] <= MOST_AXES:
            raise UnusableInput(f"{path}: isn't an IDX file of bytes; name one, such as train-labels-idx1-ubyte")
        shape = struct.unpack(f">{start[3]}I", stream.read(4 * start[3]))
        check_fits(path, f"bytes of shape {shape}", math.prod(shape) * (1 + BYTES_PER_NUMBER))
        return np.frombuffer(stream.read(math.prod(shape)), np.uint8).reshape(shape)


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
    return cast("IO[bytes]", gzip.open(path)) if packed else path.open("rb")
