"""MATLAB's files before version 7.3: their arrays are saved as an .npz, which is read.

A process of its own saves them, because SciPy ends its process on some damaged files.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from numpy.typing import NDArray

from gradrace.bench.datasets.formats import npz
from gradrace.bench.datasets.formats.checks import check_fits
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.matlab import REFUSED
from gradrace.bench.results import UnusableInput

PROGRAM = "gradrace.bench.datasets.matlab.to_npz"

COPIES = 10
"""Bytes of memory per byte of the file, which is compressed."""


def read(path: Path, how: ReadOptions) -> Dataset:
    """Return the examples of a file with their labels, as `npz.read` does."""
    with _saved(path) as stored:
        return npz.read(path, how, stored)


def holds_only_examples(path: Path) -> bool:
    """Return whether a file holds a single array."""
    with _saved(path) as stored:
        return npz.holds_only_examples(path, stored)


def read_labels(path: Path, how: ReadOptions) -> Iterator[NDArray[Any]]:
    """Yield the labels of a file that holds nothing else, or labels of a usual name."""
    with _saved(path) as stored:
        yield from npz.read_labels(path, how, stored)


def read_features(path: Path, wanted: Wanted) -> NDArray[Any]:
    """Return the examples alone, (n_x, m), as `npz.read_features` does."""
    with _saved(path) as stored:
        return npz.read_features(path, wanted, stored)


@contextmanager
def _saved(path: Path) -> Iterator[Path]:
    """Yield an .npz with the arrays of a file. Raises UnusableInput if it is damaged."""
    check_fits(path, "its arrays", COPIES * path.stat().st_size)
    with TemporaryDirectory(prefix="gradrace-mat-") as folder:
        stored = Path(folder) / "arrays.npz"
        words = [sys.executable, "-P", "-m", PROGRAM, str(path), str(stored)]
        ended = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
        if ended.returncode:
            cause = (ended.stderr.strip().splitlines() or [f"status {ended.returncode}"])[-1]
            told = f"{path}: not a whole MATLAB file ({cause}); save it again"
            raise UnusableInput(cause if ended.returncode == REFUSED else told)
        yield stored
