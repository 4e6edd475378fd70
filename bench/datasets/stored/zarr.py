"""Zarr: a folder with an array X, whose first axis counts the examples, and an array of labels."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.datasets.arrays import FEATURES, IMAGES, LABELS, classes_of, one_of
from bench.datasets.checks import BYTES_PER_NUMBER, NUMBERS, TEXT, as_features, check_fits, check_kind, first_line
from bench.datasets.dataset import Dataset, How
from bench.datasets.stored.stored import Run, Stored, equal_runs, identity
from bench.results import UnusableInput

CODECS = {
    *("BytesCodec", "TransposeCodec", "ShardingCodec", "Crc32cCodec", "BloscCodec", "GzipCodec", "ZstdCodec"),  # Zarr 3
    *("Blosc", "GZip", "Zlib", "Zstd", "LZ4", "BZ2", "LZMA", "Shuffle", "Delta"),  # numcodecs, of Zarr 2
}


@dataclass(frozen=True, slots=True)
class ZarrRows:
    """(m, ...) of an array, all but the first axis unrolled."""

    path: Path
    name: str
    stored_shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n_x)."""
        return self.stored_shape[0], math.prod(self.stored_shape[1:])

    def read(self, start: int, stop: int, out: NDArray[Any]) -> None:
        """Examples start to stop, decompressed where they are compressed."""
        import zarr

        array = zarr.open_group(self.path, mode="r")[self.name]
        out[:] = array[start:stop].reshape(stop - start, -1)

    def runs(self, count: int) -> list[Run]:
        """As asked: any run is read without a detour."""
        return equal_runs(self.shape[0], count)


def read_zarr(path: Path, how: How) -> Dataset:
    """X and y of a Zarr folder. Raises UnusableInput if it is damaged, or holds anything else."""
    dataset = open_zarr(path, how)
    X = dataset.X
    check_fits(str(path), f"X of shape {X.shape}", 2 * X.dtype.itemsize * math.prod(X.shape))
    return replace(dataset, X=as_features(str(path), X[:, : dataset.m]))


def open_zarr(path: Path, how: How) -> Dataset:
    """The same, but X stays on disk."""
    try:
        import zarr
    except ImportError as missing:
        raise UnusableInput(f"{path}: Zarr needs the package zarr; install the extra `zarr`") from missing
    try:
        group = zarr.open_group(path, mode="r")
        names = sorted(name for name, _ in group.arrays())
        X = group[one_of(path, names, FEATURES)]
        y = group[one_of(path, names, (how.label,) if how.label else LABELS)]
        for name, array, kinds in (("X", X, NUMBERS), ("y", y, NUMBERS + TEXT)):
            check_kind(str(path), name, array.dtype, kinds)
            _check_codecs(path, name, array.metadata)
        check_fits(str(path), f"labels of shape {y.shape}", math.prod(y.shape) * (y.dtype.itemsize + BYTES_PER_NUMBER))
        labels, classes = classes_of(path, y[...], how)
    except UnusableInput:
        raise
    except Exception as error:  # of a damaged one zarr raises KeyError, ValueError, OSError, JSON's errors, ...
        raise UnusableInput(f"{path}: not a whole Zarr folder ({first_line(error)}); write it again") from error
    if X.ndim not in (2, IMAGES) or X.shape[0] != len(labels) or 0 in X.shape:
        raise UnusableInput(
            f"{path}: X is of shape {X.shape}, and there are {len(labels)} labels; examples are its rows"
        )
    rows = ZarrRows(path.absolute(), X.basename, X.shape, X.dtype)
    return Dataset(Stored(rows, identity(path)).as_array(), labels, classes, X.shape[1:] if X.ndim == IMAGES else ())


def _check_codecs(path: Path, name: str, metadata: Any) -> None:
    """What decodes the chunks is among the codecs of numbers: Zarr knows one that unpickles, and may learn others."""
    codecs = [*getattr(metadata, "codecs", ()), *(getattr(metadata, "filters", None) or ())]
    codecs += [
        codec for codec in codecs for codec in (*getattr(codec, "codecs", ()), *getattr(codec, "index_codecs", ()))
    ]
    codecs += [compressor] if (compressor := getattr(metadata, "compressor", None)) else []
    for codec in codecs:
        if type(codec).__name__ not in CODECS:
            raise UnusableInput(f"{path}: {name} is coded by {type(codec).__name__}; write it with Blosc, Zstd or Gzip")
