"""Zarr: a folder with an array X, whose first axis counts the examples, and an array of labels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

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
)
from gradrace.bench.datasets.formats.chunked import Chunked, check_chunks
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted, told_by
from gradrace.bench.datasets.formats.labels import classes_of
from gradrace.bench.datasets.formats.stored import Stored, channels_last
from gradrace.bench.datasets.layouts.axes import axes_of
from gradrace.bench.datasets.layouts.names import chosen, to_classify
from gradrace.bench.results import UnusableInput

CODECS = {
    *("BytesCodec", "TransposeCodec", "ShardingCodec", "Crc32cCodec", "BloscCodec", "GzipCodec", "ZstdCodec"),  # Zarr 3
    *("Blosc", "GZip", "Zlib", "Zstd", "LZ4", "BZ2", "LZMA", "Shuffle", "Delta"),  # numcodecs, of Zarr 2
}

MOST_DEPTH, MOST_BYTES = 3, 1 << 20
"""Number of groups within groups that are looked into, and of bytes of an array's description."""

DAMAGED = ("a whole Zarr folder", "write it again")


class ZarrRows(Chunked):
    """Array of a Zarr folder."""

    def read(self, start: int, stop: int, out: NDArray[Any]) -> None:
        """Read examples start to stop into out (stop − start, n_x), decompressed if necessary."""
        import zarr

        array = zarr.open_group(self.path, mode="r")[self.name]
        out[:] = array[start:stop].reshape(stop - start, -1)


def read(path: Path, how: ReadOptions) -> Dataset:
    """Return X and y of a Zarr folder. Raises UnusableInput if it is damaged, or holds anything else."""
    dataset = open_stored(path, how)
    return replace(dataset, X=_in_memory(path, dataset.X))


def open_stored(path: Path, how: ReadOptions) -> Dataset:
    """Open X of a Zarr folder and leave it on disk.

    Raises UnusableInput as `read` does, and if a chunk needs more than `how.memory_bytes`.
    """
    chose = chosen(path, _shapes(path), how)
    X, y = _array(path, chose.X, NUMBERS), _array(path, chose.y, NUMBERS + TEXT)
    check_fits(path, f"labels of shape {y.shape}", math.prod(y.shape) * (y.dtype.itemsize + BYTES_PER_NUMBER))
    with refusing(path, *DAMAGED):
        found = y[...]
    check_letters(path, "y", found)
    labelled = classes_of(path, found, how)
    m = len(labelled.labels)
    axes = axes_of(path, X.shape, m)
    if X.shape[0] != m:
        axis = "-1" if X.shape[-1] == m else "the examples' axis"
        raise UnusableInput(
            f"{path}: X is of shape {X.shape}, and there are {m} labels; write numpy.moveaxis(X, {axis}, 0) instead"
        )
    rows = _rows(path, X)
    check_chunks(rows, how)
    stored = Stored.of(path, channels_last(rows, axes)).as_array()
    return told_by(labelled.dataset(stored, shape=axes.image), chose)


def read_features(path: Path, wanted: Wanted) -> NDArray[Any]:
    """Return X alone, (n_x, m). Raises UnusableInput as `read` does, or if X has another number of features."""
    array = _array(path, to_classify(path, _shapes(path)), NUMBERS)
    axes = axes_of(path, array.shape)
    X = Stored.of(path, channels_last(_rows(path, array), axes)).as_array()
    if len(X) != wanted.n_x:
        raise UnusableInput(f"{path}: {len(X)} features, but the model takes {wanted.n_x}; give it those")
    return _in_memory(path, X)


def _in_memory(path: Path, X: NDArray[Any]) -> NDArray[Any]:
    """Return an X on disk as an array in memory. Raises UnusableInput if it doesn't fit."""
    check_fits(path, f"X of shape {X.shape}", 2 * X.dtype.itemsize * math.prod(X.shape))
    return as_features(path, X[:, : X.shape[1]])


def _rows(path: Path, X: Any) -> ZarrRows:
    return ZarrRows(path.absolute(), X.path, X.shape, X.dtype, (X.shards or X.chunks)[0])


def _names(path: Path, depth: int = 0) -> list[str]:
    """Return the names of the arrays, such as X or train/X, without opening them."""
    names = list[str]()
    for entry in sorted(path.iterdir()):
        if entry.is_dir() and depth < MOST_DEPTH:
            inner = [] if _is_array(entry) else [f"{entry.name}/{name}" for name in _names(entry, depth + 1)]
            names += inner or [entry.name]
    return names


def _is_array(folder: Path) -> bool:
    if (folder / ".zarray").is_file():
        return True
    described = folder / "zarr.json"
    return described.is_file() and b'"array"' in described.read_bytes()[:MOST_BYTES]


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    return {name: _shape(path, name) for name in _names(path)}


def _shape(path: Path, name: str) -> tuple[int, ...]:
    """Return the shape of an array, or () if it isn't usable."""
    try:
        return tuple(_array(path, name, NUMBERS + TEXT).shape)
    except UnusableInput:
        return ()


def _array(path: Path, name: str, kinds: str) -> Any:
    """Return the array with this name.

    Raises UnusableInput if its dtype isn't allowed, or if it uses an unknown codec.
    """
    try:
        import zarr
    except ImportError as missing:
        raise UnusableInput(f"{path}: Zarr needs the package zarr; install the extra `zarr`") from missing
    with refusing(path, *DAMAGED):
        group = zarr.open_group(path, mode="r")
        array = group[name]  # only this one: zarr prints warnings about faulty others
        if not isinstance(array, zarr.Array):
            raise TypeError(f"{name} is no array")
    check_kind(path, name, array.dtype, kinds)
    for codec in _codecs(array.metadata):
        if type(codec).__name__ not in CODECS:
            raise UnusableInput(f"{path}: {name} is coded by {type(codec).__name__}; write it with Blosc, Zstd or Gzip")
    return array


def _codecs(coded: Any) -> Iterator[Any]:
    """Yield the codecs of an array and, recursively, the codecs within them.

    All are checked against CODECS, because Zarr has a codec that unpickles and may get others.
    """
    for names in ("codecs", "index_codecs", "filters"):
        for codec in getattr(coded, names, None) or ():
            yield codec
            yield from _codecs(codec)
    if getattr(coded, "compressor", None):
        yield coded.compressor
