"""The numeric columns of a Parquet file, a row group at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.checks import BYTES_PER_NUMBER
from gradrace.bench.datasets.formats.dataset import Dataset, How
from gradrace.bench.datasets.formats.labels import binary
from gradrace.bench.datasets.formats.tables import frame, label_place, labels_of, parquet_file
from gradrace.bench.datasets.stored.stored import Run, Stored
from gradrace.bench.results import UnusableInput

COPIES = 5
"""Of a row group while it is read: Arrow's own, two buffers, what is made of them. 80 MB peaked at five times that."""


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


def open_parquet(path: Path, how: How) -> Dataset:
    """The labels of a table, whose features stay on disk. Raises UnusableInput as `read_table` does."""
    with parquet_file(path) as file:
        index = (file.schema_arrow.pandas_metadata or {}).get("index_columns", [])
        columns = [str(name) for name in file.schema_arrow.names if name not in index]
        place = label_place(path, columns, how)
        label = frame(file.read(columns=[columns[place]])).iloc[:, 0]
        labels, classes = binary(str(path), labels_of(path, label), how.positive)
        names = tuple(name for name in columns if name != columns[place])
        for name in names:
            _check_numeric(path, name, str(file.schema_arrow.field(name).type))
        sizes = [file.metadata.row_group(number).num_rows for number in range(file.metadata.num_row_groups)]
    needed = COPIES * max(sizes, default=0) * len(names) * BYTES_PER_NUMBER
    if how.memory_bytes is not None and needed > how.memory_bytes:
        raise UnusableInput(
            f"{path}: a row group needs {needed / 1e9:.2g} GB, and there are {how.memory_bytes / 1e9:.2g}; "
            "write it with a smaller row_group_size, or give more --memory"
        )
    rows = ParquetRows(path.absolute(), names, tuple(accumulate(sizes, initial=0)))
    return Dataset(Stored.of(path, rows).as_array(), labels, classes, features=names)


def _check_numeric(path: Path, name: str, kind: str) -> None:
    if not kind.startswith(("int", "uint", "float", "double", "halffloat", "bool")):
        raise UnusableInput(f"{path}: column {name} isn't numeric but {kind}; drop it, or make it numbers")
