"""svmlight and LIBSVM files, through scikit-learn's reader: one label and some numbered features in each line."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.dialects.packed import is_packed, opened
from gradrace.bench.datasets.formats.checks import BYTES_PER_NUMBER, as_features, check_fits, refusing
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.formats.labels import binary
from gradrace.bench.datasets.layouts.commands import converted, word
from gradrace.bench.results import UnusableInput

BYTES_PER_BYTE = 4
"""Bytes of memory per byte of text, at most: "1:2 " becomes a float64 and an index."""

FIRST_LINES = 1000
"""Number of lines that are searched for several labels before scikit-learn is imported, which takes a second."""

BLOCK_BYTES = 1 << 20
"""Bytes that are looked at at once; the first ones show how many features there are at least."""

NUMBERED = re.compile(rb"\s(\d{1,15}):")
"""Number of a feature."""

COMMENT = re.compile(rb"#.*")
"""Comment at the end of a line, which may hold a time or the number of a document."""

SEVERAL = re.compile(rb"[^\s:#,]+(,[^\s:#,]+)+\s")
"""Beginning of a line with several labels."""


def read(path: Path, how: ReadOptions) -> Dataset:
    """Return the examples with all features, also those that are absent from a line and therefore 0.

    The features have the numbers of the file as names, from the lowest of 0 and 1 that occurs.
    Raises UnusableInput if the file is damaged, exceeds the memory, or has a feature that `how.only` lacks.
    """
    if how.label is not None or how.labels is not None:
        raise UnusableInput(f"{path}: --label is for tables with columns; leave it out, the labels begin the lines")
    X, y, names = _loaded(path, how.only)
    labels, classes, kinds, readings = binary(path, y, how)
    return Dataset(X, labels, classes, features=names, readings=readings, kinds=kinds)


def read_features(path: Path, wanted: Wanted) -> NDArray[Any]:
    """Return the features of a model, as (n_x, m). Raises UnusableInput as `read` does."""
    names = wanted.names or tuple(str(place + 1) for place in range(wanted.n_x))
    return _loaded(path, names)[0]


def _check_single(path: Path, most: int | None = None) -> None:
    """Raise UnusableInput if a line has several labels, with the command that makes two classes of one of them.

    most: number of lines that are looked at, or None for all.
    """
    with opened(path) as file:
        several = next((line.split()[0] for line in islice(file, most) if SEVERAL.match(line)), None)
    if several is None:
        return
    one, new = several.split(b",")[0].decode(errors="replace"), converted(path, ".svm")
    program = (
        "/^#/ { next } { has = 0 } $1 ~ /:/ { print has, $0; next } "
        f'{{ count = split($1, labels, ","); for (i = 1; i <= count; i++) if (labels[i] == "{one}") has = 1; '
        "$1 = has; print }"
    )
    made = f"after awk {shlex.quote(program)} < {word(path)} > {word(new)}"
    remedy = "unpack it first" if is_packed(path) else f"go on with --data {word(new)} {made}"
    told = f"its lines have several labels, and a classifier needs one; for {one} as 1 and all others as 0"
    raise UnusableInput(f"{path}: {told}, {remedy}")


def _check_dense(path: Path) -> None:
    """Raise UnusableInput if the features of the first lines already exceed the memory, for all lines.

    scikit-learn would read the whole file before that is known.
    """
    with opened(path) as stream:
        first = stream.read(BLOCK_BYTES)
        lines = first.count(b"\n") + sum(block.count(b"\n") for block in iter(partial(stream.read, BLOCK_BYTES), b""))
    width = 1 + max(map(int, NUMBERED.findall(COMMENT.sub(b"", first))), default=0)
    check_fits(path, f"{lines} lines with {width} features or more", lines * width * BYTES_PER_NUMBER)


def _loaded(path: Path, only: Sequence[str]) -> tuple[NDArray[Any], NDArray[Any], tuple[str, ...]]:
    """Return X (n_x, m), the labels (m,) and the names of the features, which are `only` if that isn't empty."""
    check_fits(path, "its lines", BYTES_PER_BYTE * path.stat().st_size)
    with refusing(path, "an svmlight file", "give each line a label and pairs such as 3:0.5"), opened(path) as file:
        _check_single(path, FIRST_LINES)
        _check_dense(path)
        from sklearn.datasets import load_svmlight_file

        try:
            sparse, y = load_svmlight_file(file, zero_based=True)
        except ValueError:
            _check_single(path)
            raise
    m, width = sparse.shape
    check_fits(path, f"{m} examples with {width} features", m * width * BYTES_PER_NUMBER)
    begin = int(only[0]) if only and only[0] in ("0", "1") else int(not (sparse.indices == 0).any())
    names = tuple(only) or tuple(str(number) for number in range(begin, width))
    if names != tuple(str(number) for number in range(begin, begin + len(names))):
        raise UnusableInput(f"{path}: an svmlight file, but the columns have names; give a table with the same columns")
    if sparse.nnz and not begin <= sparse.indices.min() <= sparse.indices.max() < begin + len(names):
        raise UnusableInput(
            f"{path}: its features are numbered {sparse.indices.min()} to {sparse.indices.max()}, "
            f"not {names[0]} to {names[-1]} as in training; give it the same features"
        )
    X = np.zeros((m, len(names)))
    rows = np.repeat(np.arange(m), np.diff(sparse.indptr))
    X[rows, sparse.indices - begin] = sparse.data
    return as_features(path, X.T), y, names
