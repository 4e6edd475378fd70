"""X that stays on disk: it has the interface of an array, and reads only the examples of a slice."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeGuard, cast

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.layouts.axes import Axes
from gradrace.bench.results import UnusableInput

BLOCK_BYTES = 1 << 24
"""Bytes per read, chosen by throughput from the page cache on 2 cores (Zen 3), float32 with 12,288 features.

numba_fused: 4.1 GB/s with blocks of 4 MB, 5.4 with 16 MB, 4.6 with 64 MB. numba_pixels on bytes: 4.6, 4.3, 4.9 GB/s.
"""

Run: TypeAlias = tuple[int, int]
"""Range of examples: (start, stop), without stop."""


class Rows(Protocol):
    """Examples in a file as rows of shape (m, n_x) and of one dtype. Instances can be pickled."""

    @property
    def shape(self) -> tuple[int, int]:
        """Return (m, n_x)."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the dtype of the numbers."""

    def read(self, start: int, stop: int, out: NDArray[Any]) -> None:
        """Read examples start to stop into out (stop − start, n_x), C-contiguous and of this dtype.

        May raise OSError.
        """

    def runs(self, count: int) -> list[Run]:
        """Split all examples into runs of about `count`, aligned so that nothing else is read or decoded."""


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """X (n_x, m) of `Problem` and `Dataset` on disk. Each slice X[:, start:stop] is read into new memory.

    Attributes:
        rows: reader of the examples.
        path: the file or folder.
        identity: hash that differs between files, and changes when the file changes.
        nbytes: bytes of the decoded, unscaled numbers, which one step reads.
    """

    rows: Rows
    path: Path
    identity: str
    nbytes: int

    @classmethod
    def of(cls, path: Path, rows: Rows) -> Stored:
        """Return the stored X of a file or folder in its present state."""
        return cls(rows, path, identity(path), math.prod(rows.shape) * rows.dtype.itemsize)

    @property
    def shape(self) -> tuple[int, int]:
        """Return (n_x, m)."""
        m, n_x = self.rows.shape
        return n_x, m

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the dtype of the numbers that `run` reads."""
        return self.rows.dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: tuple[slice, slice]) -> NDArray[Any]:
        features, examples = key
        start, stop, stride = examples.indices(self.shape[1])
        if features != slice(None) or stride != 1:
            raise IndexError("of X on disk only runs of whole examples can be read, X[:, start:stop]")
        return self.run(start, stop, self.buffer(stop - start))

    def buffer(self, count: int) -> NDArray[Any]:
        """Return uninitialized memory for `count` examples, (count, n_x)."""
        return np.empty((max(0, count), self.shape[0]), self.dtype)

    def run(self, start: int, stop: int, buffer: NDArray[Any]) -> NDArray[Any]:
        """Return X[:, start:stop], (n_x, stop − start), read into a buffer that is at least as large.

        Raises UnusableInput if the file can't be read any more.
        """
        rows = buffer[: stop - start]
        try:
            self.rows.read(start, stop, rows)
        except Exception as error:  # each library raises its own errors for damaged files
            raise UnusableInput(f"{self.path}: changed or damaged ({error}); write it again") from error
        return rows.T

    def changed(self) -> bool:
        """Return whether the file or folder has changed since it was opened."""
        return not self.path.exists() or not self.identity.startswith(identity(self.path))

    def blocks(self, start: int, stop: int) -> Iterator[tuple[int, int, NDArray[Any]]]:
        """Yield (start, stop, X[:, start:stop]) of successive runs within examples start to stop, each read ahead."""
        cut = [(max(start, first), min(stop, last)) for first, last in self.runs() if first < stop and start < last]
        for (first, last), X in zip(cut, read_ahead(self, cut), strict=True):
            yield first, last, X

    def runs(self, block_bytes: int = BLOCK_BYTES) -> list[Run]:
        """Split all examples into runs of about `block_bytes` bytes."""
        return self.rows.runs(max(1, block_bytes // (self.shape[0] * self.dtype.itemsize)))

    def some(self, places: NDArray[Any]) -> NDArray[Any]:
        """Return X[:, places] in memory, read one example at a time."""
        rows = self.buffer(len(places))
        for place, row in zip(places.tolist(), rows, strict=True):
            self.run(place, place + 1, row[np.newaxis])
        return rows.T

    def as_array(self) -> NDArray[Any]:
        """Return itself with the type of an array, because code that works on slices of X accepts both."""
        return cast("NDArray[Any]", self)


@dataclass(frozen=True, slots=True, eq=False)
class FirstExamples:
    """First m examples of X on disk (`impls.interface.OnDisk`), for verification.

    They are read the same way as the whole X.
    """

    whole: Stored
    m: int

    @property
    def path(self) -> Path:
        """Return the path of the file or folder."""
        return self.whole.path

    @property
    def shape(self) -> tuple[int, int]:
        """Return (n_x, m)."""
        return self.whole.shape[0], self.m

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the dtype of the numbers that are read."""
        return self.whole.dtype

    def blocks(self, start: int, stop: int) -> Iterator[tuple[int, int, NDArray[Any]]]:
        """Yield the blocks of the whole X within examples start to stop."""
        return self.whole.blocks(start, stop)

    def as_array(self) -> NDArray[Any]:
        """Return itself with the type of an array, as `Stored.as_array` does."""
        return cast("NDArray[Any]", self)


@dataclass(frozen=True, slots=True, eq=False)
class Converted:
    """Rows of a file whose numbers are converted while they are read."""

    rows: Rows

    @property
    def shape(self) -> tuple[int, int]:
        """Return (m, n_x)."""
        return self.rows.shape

    def runs(self, count: int) -> list[Run]:
        """Return the runs of the file, of about `count` examples each."""
        return self.rows.runs(count)


@dataclass(frozen=True, slots=True, eq=False)
class ChannelsLast(Converted):
    """Images of a file that has their channels first; each is read with its channels last."""

    axes: Axes

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the dtype of the numbers."""
        return self.rows.dtype

    def read(self, start: int, stop: int, out: NDArray[Any]) -> None:
        """Read examples start to stop into out (stop − start, n_x)."""
        raw = np.empty(out.shape, self.dtype)
        self.rows.read(start, stop, raw)
        out[:] = self.axes.rows(raw)


def channels_last(rows: Rows, axes: Axes) -> Rows:
    """Return a reader of the same examples with their channels last."""
    return ChannelsLast(rows, axes) if axes.channels_first else rows


def is_stored(X: object) -> TypeGuard[Stored]:
    """Return whether X stays on disk."""
    return isinstance(X, Stored)


def identity(path: Path) -> str:
    """Return a hash of a file's or folder's path, sizes and modification times.

    The contents aren't hashed, because that takes a minute for 30 GB.
    """
    hashed = hashlib.sha256(str(path.absolute()).encode())
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        found = file.stat()
        hashed.update(f"{file.name} {found.st_size} {found.st_mtime_ns} ".encode())
    return hashed.hexdigest()


def equal_runs(m: int, count: int, chunk: int = 1) -> list[Run]:
    """Split m examples into runs of about `count`, aligned to chunks. The last run may be shorter."""
    count = max(1, count // chunk) * chunk
    return [(start, min(start + count, m)) for start in range(0, m, count)]


def read_ahead(X: Stored, runs: Sequence[Run]) -> Iterator[NDArray[Any]]:
    """Yield X[:, start:stop] of each run while a thread reads the next run.

    There are two buffers, so a block is valid only until the next one is requested.
    """
    longest = max((stop - start for start, stop in runs), default=0)
    buffers = X.buffer(longest), X.buffer(longest)
    with ThreadPoolExecutor(1, "read ahead") as reader:
        ahead = [reader.submit(X.run, *runs[0], buffers[0])] if runs else []
        for number in range(len(runs)):
            block = ahead.pop().result()
            if number + 1 < len(runs):
                ahead.append(reader.submit(X.run, *runs[number + 1], buffers[(number + 1) % 2]))
            yield block
