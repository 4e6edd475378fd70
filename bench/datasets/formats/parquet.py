"""Parquet: a table in memory, or its numeric columns a row group at a time."""

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

from gradrace.bench.datasets.formats.checks import BYTES_PER_NUMBER, check_fits, refusing
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.formats.labels import binary
from gradrace.bench.datasets.formats.stored import Run, Stored
from gradrace.bench.datasets.formats.tables import dataset_of, features_of, label_place, labels_of
from gradrace.bench.results import UnusableInput

COPIES = 5
"""Of a row group while it is read: Arrow's own, two buffers, what is made of them. 80 MB peaked at five times that."""

NUMERIC = ("int", "uint", "float", "double", "halffloat", "bool")
"""What the names of Arrow's types of numbers begin with."""


@dataclass(frozen=True, slots=True)
class ParquetRows:
    """Columns as features, float64. starts: the first example of each row group, and m at the end."""

    path: Path
    columns: tuple[str, ...]
    starts: tuple[int, ...]
    dtype: np.dtype[Any] = field(default=np.dtype(np.float64))

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n_x)."""
        return self.starts[-1], len(self.columns)

    def read(self, start: int, stop: int, out: NDArray[Any]) -> None:
        """Examples start to stop, of the row groups that have them; missing numbers become NaN."""
        from pyarrow import parquet

        first = int(np.searchsorted(self.starts, start, side="right")) - 1
        last = int(np.searchsorted(self.starts, stop, side="left"))
        with parquet.ParquetFile(self.path) as file:
            table = file.read_row_groups(range(first, last), columns=list(self.columns))
        some = table.slice(start - self.starts[first], stop - start)
        for place, name in enumerate(self.columns):
            out[:, place] = some[name].to_numpy()

    def runs(self, count: int) -> list[Run]:
        """Whole row groups, as only those can be read: as many as make about `count` examples, one at the least."""
        cuts = [0]
        for start, stop in pairwise(self.starts):
            if stop - cuts[-1] > count and start > cuts[-1]:
                cuts.append(start)
        return [*pairwise(dict.fromkeys([*cuts, self.starts[-1]]))]  # a group may be empty


def read(path: Path, how: ReadOptions) -> Dataset:
    """A table with a column of labels, all others being features. Raises UnusableInput as `tables.read` does."""
    return dataset_of(path, _table(path), how)


def read_features(path: Path, wanted: Wanted) -> NDArray[Any]:
    """The columns of a model alone, as (n_x, m). Raises UnusableInput as `tables.read_features` does."""
    return features_of(path, _table(path), wanted)


def open_stored(path: Path, how: ReadOptions) -> Dataset:
    """The same, but the features stay on disk."""
    with _opened(path) as file:
        index = (file.schema_arrow.pandas_metadata or {}).get("index_columns", [])
        columns = [str(name) for name in file.schema_arrow.names if name not in index]
        place = label_place(path, columns, how)
        label = _frame(file.read(columns=[columns[place]])).iloc[:, 0]
        labels, classes = binary(path, labels_of(path, label), how.positive)
        names = tuple(name for name in columns if name != columns[place])
        for name in names:
            if not (kind := str(file.schema_arrow.field(name).type)).startswith(NUMERIC):
                raise UnusableInput(f"{path}: column {name} isn't numeric but {kind}; drop it, or make it numbers")
        sizes = [file.metadata.row_group(number).num_rows for number in range(file.metadata.num_row_groups)]
    needed = COPIES * max(sizes, default=0) * len(names) * BYTES_PER_NUMBER
    if how.memory_bytes is not None and needed > how.memory_bytes:
        raise UnusableInput(
            f"{path}: a row group needs {needed / 1e9:.2g} GB, and there are {how.memory_bytes / 1e9:.2g}; "
            "write it with a smaller row_group_size, or give more --memory"
        )
    rows = ParquetRows(path.absolute(), names, tuple(accumulate(sizes, initial=0)))
    return Dataset(Stored.of(path, rows).as_array(), labels, classes, features=names)


def _table(path: Path) -> pd.DataFrame:
    with _opened(path) as file:
        numbers = file.metadata.num_rows * file.metadata.num_columns
        check_fits(path, f"{file.metadata.num_rows} examples", 2 * BYTES_PER_NUMBER * numbers)
        return _frame(file.read())


def _frame(table: Any) -> pd.DataFrame:
    """Of Arrow's table, after a look at all that it holds: text may be none, which would show later and anywhere."""
    table.validate(full=True)
    made: pd.DataFrame = table.to_pandas()
    return made


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The open file. Raises UnusableInput if it is damaged, even where that shows later."""
    try:
        from pyarrow import parquet
    except ImportError as missing:
        raise UnusableInput(f"{path}: Parquet needs pyarrow; install the extra `parquet`") from missing
    with refusing(path, "a whole Parquet file", "write it again"), parquet.ParquetFile(path) as file:
        yield file
