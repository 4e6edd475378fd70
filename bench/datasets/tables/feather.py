"""Feather: Arrow's own file of a table, or its stream, read into memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.checks import check_fits, refusing
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.tables.frame import dataset_of, features_of, only_labels, without_labels
from gradrace.bench.results import UnusableInput

STREAM = b"\xff\xff\xff\xff"
"""First bytes of Arrow's stream, as Hugging Face's data sets are saved."""

COPIES = 8
"""Bytes of memory per byte of the file, which may be compressed."""


def read(path: Path, how: ReadOptions) -> Dataset:
    """Return the examples of a table: one column holds the labels, all others are features.

    Raises UnusableInput as `frame.dataset_of` does.
    """
    return dataset_of(path, _table(path), how)


def read_features(path: Path, wanted: Wanted) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return the features that a model takes, as `frame.features_of` does, which may raise UnusableInput."""
    return features_of(path, _table(path), wanted)


def holds_only_examples(path: Path) -> bool:
    """Return whether no column of a table has a usual name of labels."""
    return without_labels(_table(path))


def read_labels(path: Path, how: ReadOptions) -> Iterator[NDArray[Any]]:  # noqa: ARG001
    """Yield the labels of a table that holds nothing else. Raises UnusableInput as `frame.only_labels` does."""
    yield only_labels(path, _table(path))


def _table(path: Path) -> pd.DataFrame:
    try:
        from pyarrow import feather, ipc
    except ImportError as missing:
        raise UnusableInput(f"{path}: Feather needs pyarrow; install the extra `parquet`") from missing
    check_fits(path, "its table", COPIES * path.stat().st_size)
    with refusing(path, "a whole Feather file", "write it again"):
        with path.open("rb") as stream:
            is_stream = stream.read(len(STREAM)) == STREAM
            stream.seek(0)
            table = ipc.open_stream(stream).read_all() if is_stream else feather.read_table(path)
        table.validate(full=True)
        made: pd.DataFrame = table.to_pandas()
    return made
