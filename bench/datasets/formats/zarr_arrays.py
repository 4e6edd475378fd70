"""Zarr: a folder with an array X, whose first axis counts the examples, and an array of labels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from gradrace.bench.datasets.formats.arrays import FEATURES, IMAGES, LABELS, classes_of, one_of
from gradrace.bench.datasets.formats.checks import (
    BYTES_PER_NUMBER,
    NUMBERS,
    TEXT,
    as_features,
    check_fits,
    check_kind,
    check_letters,
    first_line,
)
from gradrace.bench.datasets.formats.chunked import Chunked, check_chunks
from gradrace.bench.datasets.formats.dataset import Dataset, How
from gradrace.bench.datasets.stored.stored import Stored
from gradrace.bench.results import UnusableInput

CODECS = {
    *("BytesCodec", "TransposeCodec", "ShardingCodec", "Crc32cCodec", "BloscCodec", "GzipCodec", "ZstdCodec"),  # Zarr 3
    *("Blosc", "GZip", "Zlib", "Zstd", "LZ4", "BZ2", "LZMA", "Shuffle", "Delta"),  # numcodecs, of Zarr 2
}


class ZarrRows(Chunked):
    """An array of a Zarr folder."""

    def read(self, start: int, stop: int, out: NDArray[Any]) -> None:
        """Examples start to stop, decompressed where they are compressed."""
        import zarr

        array = zarr.open_group(self.path, mode="r")[self.name]
        out[:] = array[start:stop].reshape(stop - start, -1)


def read_zarr(path: Path, how: How) -> Dataset:
    """X and y of a Zarr folder. Raises UnusableInput if it is damaged, or holds anything else."""
    dataset = open_zarr(path, how)
    X = dataset.X
    check_fits(str(path), f"X of shape {X.shape}", 2 * X.dtype.itemsize * math.prod(X.shape))
    return replace(dataset, X=as_features(str(path), X[:, : dataset.m]))


def open_zarr(path: Path, how: How) -> Dataset:
    """The same, but X stays on disk."""
    group = _group(path)
    X = _array(path, group, "X", FEATURES, NUMBERS)
    y = _array(path, group, "y", (how.label,) if how.label else LABELS, NUMBERS + TEXT)
    check_fits(str(path), f"labels of shape {y.shape}", math.prod(y.shape) * (y.dtype.itemsize + BYTES_PER_NUMBER))
    try:
        found = y[...]
    except Exception as error:
        raise UnusableInput(f"{path}: not a whole Zarr folder ({first_line(error)}); write it again") from error
    check_letters(str(path), "y", found)
    labels, classes = classes_of(path, found, how)
    if X.ndim not in (2, IMAGES) or X.shape[0] != len(labels) or 0 in X.shape:
        raise UnusableInput(
            f"{path}: X is of shape {X.shape}, and there are {len(labels)} labels; examples are its rows"
        )
    rows = ZarrRows(path.absolute(), X.basename, X.shape, X.dtype, (X.shards or X.chunks)[0])
    check_chunks(rows, how)
    return Dataset(Stored.of(path, rows).as_array(), labels, classes, X.shape[1:] if X.ndim == IMAGES else ())


def read_zarr_features(path: Path, n_x: int) -> NDArray[Any]:
    """X alone, (n_x, m). Raises UnusableInput as `read_zarr` does, or if it has another number of features."""
    group = _group(path)
    X = _array(path, group, "X", FEATURES, NUMBERS)
    rows = ZarrRows(path.absolute(), X.basename, X.shape, X.dtype, 1)
    if rows.shape[1] != n_x:
        raise UnusableInput(f"{path}: {rows.shape[1]} features, but the model takes {n_x}; give it those")
    check_fits(str(path), f"X of shape {X.shape}", 2 * X.dtype.itemsize * math.prod(X.shape))
    return as_features(str(path), Stored.of(path, rows)[:, : rows.shape[0]])


def _group(path: Path) -> Any:
    try:
        import zarr
    except ImportError as missing:
        raise UnusableInput(f"{path}: Zarr needs the package zarr; install the extra `zarr`") from missing
    try:
        return zarr.open_group(path, mode="r")
    except Exception as error:
        raise UnusableInput(f"{path}: not a whole Zarr folder ({first_line(error)}); write it again") from error


def _array(path: Path, group: Any, name: str, usual: tuple[str, ...], kinds: str) -> Any:
    """The one array of these names. Raises UnusableInput if it doesn't hold numbers, or is coded in an unknown way."""
    from zarr import Array

    names = sorted(entry.name for entry in path.iterdir() if entry.is_dir())
    try:
        array = group[one_of(path, names, usual)]  # that one alone: of others zarr would print what is wrong with them
        if not isinstance(array, Array):
            raise TypeError(f"{name} is no array")
    except UnusableInput:
        raise
    except Exception as error:  # of a damaged one zarr raises KeyError, ValueError, OSError, JSON's errors, ...
        raise UnusableInput(f"{path}: not a whole Zarr folder ({first_line(error)}); write it again") from error
    check_kind(str(path), name, array.dtype, kinds)
    for codec in _codecs(array.metadata):
        if type(codec).__name__ not in CODECS:
            raise UnusableInput(f"{path}: {name} is coded by {type(codec).__name__}; write it with Blosc, Zstd or Gzip")
    return array


def _codecs(coded: Any) -> Iterator[Any]:
    """What decodes an array, and what decodes within that: Zarr knows a codec that unpickles, and may learn others."""
    for names in ("codecs", "index_codecs", "filters"):
        for codec in getattr(coded, names, None) or ():
            yield codec
            yield from _codecs(codec)
    if getattr(coded, "compressor", None):
        yield coded.compressor
