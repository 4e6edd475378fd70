"""X that stays on disk: it looks like an array, and reads what is asked of it."""

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

from gradrace.bench.results import UnusableInput

BLOCK_BYTES = 1 << 24
"""Read at a time. From the page cache, float32 × 12288, numba_fused on 2 cores (Zen 3): 4 MB give 4.1 GB/s, 16 MB 5.4,
64 MB 4.6; numba_pixels on bytes 4.6, 4.3, 4.9.
"""

Run: TypeAlias = tuple[int, int]
"""Examples start to stop."""


class Rows(Protocol):
    """Examples in a file, one after the other: shape (m, n_x), of numbers of one kind. It can be pickled."""

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n_x)."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the numbers."""

    def read(self, start: int, stop: int, out: NDArray[Any]) -> None:
        """Examples start to stop into out (stop − start, n_x), C-contiguous and of this dtype. May raise OSError."""

    def runs(self, count: int) -> list[Run]:
        """All examples in runs of about so many, each of which is read without a detour."""


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """X (n_x, m) of `Problem` and `Dataset`, whose slices X[:, start:stop] are read into memory of their own.

    path: of the file or folder. identity: what tells it from another, and from itself after a change. nbytes: what its
    numbers take, decoded but not yet scaled: what a step reads.
    """

    rows: Rows
    path: Path
    identity: str
    nbytes: int

    @classmethod
    def of(cls, path: Path, rows: Rows) -> Stored:
        """The rows of a file or folder as it is now."""
        return cls(rows, path, identity(path), math.prod(rows.shape) * rows.dtype.itemsize)

    @property
    def shape(self) -> tuple[int, int]:
        """(n_x, m)."""
        m, n_x = self.rows.shape
        return n_x, m

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the numbers in the file."""
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
        """Memory for so many examples."""
        return np.empty((max(0, count), self.shape[0]), self.dtype)

    def run(self, start: int, stop: int, buffer: NDArray[Any]) -> NDArray[Any]:
        """X[:, start:stop], (n_x, stop − start), read into a buffer that is at least as large.

        Raises UnusableInput if the file can't be read any more.
        """
        rows = buffer[: stop - start]
        try:
            self.rows.read(start, stop, rows)
        except Exception as error:  # each library has errors of its own for what is damaged
            raise UnusableInput(f"{self.path}: changed or damaged ({error}); write it again") from error
        return rows.T

    def changed(self) -> bool:
        """Whether it isn't what it was when it was opened."""
        return not self.path.exists() or not self.identity.startswith(identity(self.path))

    def blocks(self, start: int, stop: int) -> Iterator[tuple[int, int, NDArray[Any]]]:
        """Examples start to stop in runs: the first, the one after the last, and X of these; the next is read ahead."""
        cut = [(max(start, first), min(stop, last)) for first, last in self.runs() if first < stop and start < last]
        for (first, last), X in zip(cut, read_ahead(self, cut), strict=True):
            yield first, last, X

    def runs(self, block_bytes: int = BLOCK_BYTES) -> list[Run]:
        """All examples in runs of about so many bytes."""
        return self.rows.runs(max(1, block_bytes // (self.shape[0] * self.dtype.itemsize)))

    def some(self, places: NDArray[Any]) -> NDArray[Any]:
        """X[:, places], one example at a time."""
        rows = self.buffer(len(places))
        for place, row in zip(places.tolist(), rows, strict=True):
            self.run(place, place + 1, row[np.newaxis])
        return rows.T

    def as_array(self) -> NDArray[Any]:
        """Itself, where X is said to be an array: what works on slices of X works on this too."""
        return cast("NDArray[Any]", self)


@dataclass(frozen=True, slots=True, eq=False)
class FirstExamples:
    """The first m examples of X on disk (`impls.interface.OnDisk`): a part to verify with, read as the whole is."""

    whole: Stored
    m: int

    @property
    def path(self) -> Path:
        """Of the file or folder."""
        return self.whole.path

    @property
    def shape(self) -> tuple[int, int]:
        """(n_x, m)."""
        return self.whole.shape[0], self.m

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the numbers in the file."""
        return self.whole.dtype

    def blocks(self, start: int, stop: int) -> Iterator[tuple[int, int, NDArray[Any]]]:
        """As those of the whole."""
        return self.whole.blocks(start, stop)

    def as_array(self) -> NDArray[Any]:
        """Itself, as `Stored.as_array`."""
        return cast("NDArray[Any]", self)


def is_stored(X: object) -> TypeGuard[Stored]:
    """Whether X stays on disk."""
    return isinstance(X, Stored)


def identity(path: Path) -> str:
    """What tells a file or folder from another, and from itself after a change: hashing 30 GB takes a minute."""
    hashed = hashlib.sha256(str(path.absolute()).encode())
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        found = file.stat()
        hashed.update(f"{file.name} {found.st_size} {found.st_mtime_ns} ".encode())
    return hashed.hexdigest()


def equal_runs(m: int, count: int, chunk: int = 1) -> list[Run]:
    """Runs of about `count` examples and of whole chunks, each of which is read at once; the last may be shorter."""
    count = max(1, count // chunk) * chunk
    return [(start, min(start + count, m)) for start in range(0, m, count)]


def read_ahead(X: Stored, runs: Sequence[Run]) -> Iterator[NDArray[Any]]:
    """X[:, start:stop] of each run, while the next one is being read: two buffers, each good until the next but one."""
    longest = max((stop - start for start, stop in runs), default=0)
    buffers = X.buffer(longest), X.buffer(longest)
    with ThreadPoolExecutor(1, "read ahead") as reader:
        ahead = [reader.submit(X.run, *runs[0], buffers[0])] if runs else []
        for number in range(len(runs)):
            block = ahead.pop().result()
            if number + 1 < len(runs):
                ahead.append(reader.submit(X.run, *runs[number + 1], buffers[(number + 1) % 2]))
            yield block
