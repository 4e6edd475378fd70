"""Parquet: a table in memory, or its numeric columns read by row groups."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gradrace.bench.datasets.columns.by_name import feature_places, label_place
from gradrace.bench.datasets.formats.checks import BYTES_PER_NUMBER, check_fits, check_one_each, refusing
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions
from gradrace.bench.datasets.formats.labels import binary, classes_apart
from gradrace.bench.datasets.formats.stored import Run, Stored
from gradrace.bench.datasets.tables.frame import (
    FIRST,
    FrameReader,
    check_features,
    labels_of,
    without_labels,
)
from gradrace.bench.results import UnusableInput

COPIES = 5
"""Copies of a row group in memory during a read: Arrow's, two buffers and the features; 80 MB peaked at five times
that.
"""

NUMERIC = ("int", "uint", "float", "double", "halffloat", "bool")
"""Prefixes of the names of Arrow's numeric types."""


@dataclass(frozen=True, slots=True)
class ParquetRows:
    """Columns of a file as float64 features. starts: first example of each row group, then m."""

    path: Path
    columns: tuple[str, ...]
    starts: tuple[int, ...]
    dtype: np.dtype[Any] = field(default=np.dtype(np.float64))

    @property
    def shape(self) -> tuple[int, int]:
        """Return (m, n_x)."""
        return self.starts[-1], len(self.columns)

    def read(self, start: int, stop: int, out: NDArray[Any]) -> None:
        """Read examples start to stop into out (stop − start, n_x) from their row groups.

        Missing numbers become NaN.
        """
        from pyarrow import parquet

        first = int(np.searchsorted(self.starts, start, side="right")) - 1
        last = int(np.searchsorted(self.starts, stop, side="left"))
        with parquet.ParquetFile(self.path) as file:
            table = file.read_row_groups(range(first, last), columns=list(self.columns))
        some = table.slice(start - self.starts[first], stop - start)
        for place, name in enumerate(self.columns):
            out[:, place] = some[name].to_numpy()

    def runs(self, count: int) -> list[Run]:
        """Split the examples into runs of whole row groups, which can't be read in part.

        A run has at most `count` examples, or one row group if that has more.
        """
        cuts = [0]
        for start, stop in pairwise(self.starts):
            if stop - cuts[-1] > count and start > cuts[-1]:
                cuts.append(start)
        return [*pairwise(dict.fromkeys([*cuts, self.starts[-1]]))]  # an empty group repeats a start


def holds_only_examples(path: Path) -> bool:
    """Return whether no column of a table has a usual name of labels."""
    with _opened(path) as file:
        return without_labels(file.schema_arrow.empty_table().to_pandas())


def open_stored(path: Path, how: ReadOptions) -> Dataset:
    """Open a table and leave its features on disk.

    Raises UnusableInput as `read` does, and if a row group needs more than `how.memory_bytes`.
    """
    with _opened(path) as file:
        index = (file.schema_arrow.pandas_metadata or {}).get("index_columns", [])
        columns = [str(name) for name in file.schema_arrow.names if name not in index]
        if how.labels is not None:
            place, labelled = None, classes_apart(how)
            check_one_each(path, file.metadata.num_rows, len(labelled.labels))
        else:
            place = label_place(path, columns, how.label)
            label = _frame(file.read(columns=[columns[place]])).iloc[:, 0]
            labelled = binary(path, labels_of(path, label), how)
        names = tuple(columns[one] for one in feature_places(path, columns, place, how))
        first = next(file.iter_batches(FIRST, columns=list(names)), None)
        if first is not None:
            check_features(path, first.to_pandas()[list(names)], {*names} if how.only else {*how.keep})
        for name in names:
            if not (kind := str(file.schema_arrow.field(name).type)).startswith(NUMERIC):
                raise UnusableInput(f"{path}: column {name} isn't numeric but {kind}; drop it, or make it numbers")
        sizes = [file.metadata.row_group(number).num_rows for number in range(file.metadata.num_row_groups)]
    needed = COPIES * max(sizes, default=0) * len(names) * BYTES_PER_NUMBER
    if how.memory_bytes is not None and needed > how.memory_bytes:
        raise UnusableInput(
            f"{path}: a row group needs {needed / 1e9:.2g} GB, but only {how.memory_bytes / 1e9:.2g} GB may be used; "
            "write it with a smaller row_group_size, or give more --memory"
        )
    rows = ParquetRows(path.absolute(), names, tuple(accumulate(sizes, initial=0)))
    called = "" if place is None else columns[place]
    return labelled.dataset(Stored.of(path, rows).as_array(), features=names, label=called)


def _table(path: Path) -> pd.DataFrame:
    with _opened(path) as file:
        numbers = file.metadata.num_rows * file.metadata.num_columns
        check_fits(path, f"{file.metadata.num_rows} examples", 2 * BYTES_PER_NUMBER * numbers)
        return _frame(file.read())


def _frame(table: Any) -> pd.DataFrame:
    """Return Arrow's table as a DataFrame after full validation, because invalid text would otherwise fail later."""
    table.validate(full=True)
    made: pd.DataFrame = table.to_pandas()
    return made


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Yield the open file. Raises UnusableInput if it is damaged, even if the damage shows only while it is in use."""
    try:
        from pyarrow import parquet
    except ImportError as missing:
        raise UnusableInput(f"{path}: Parquet needs pyarrow; install the extra `parquet`") from missing
    with refusing(path, "a whole Parquet file", "write it again"), parquet.ParquetFile(path) as file:
        yield file


_READER = FrameReader(_table)
read, read_features, read_labels = _READER.read, _READER.read_features, _READER.read_labels
