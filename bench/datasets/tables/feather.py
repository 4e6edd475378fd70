"""Feather: Arrow's own file of a table, or its stream, read into memory."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gradrace.bench.datasets.formats.checks import check_fits, refusing
from gradrace.bench.datasets.tables.frame import FrameReader
from gradrace.bench.results import UnusableInput

STREAM = b"\xff\xff\xff\xff"
"""First bytes of Arrow's stream, as Hugging Face's data sets are saved."""

COPIES = 8
"""Bytes of memory per byte of the file, which may be compressed."""


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


_READER = FrameReader(_table)
read, read_features = _READER.read, _READER.read_features
read_labels, holds_only_examples = _READER.read_labels, _READER.holds_only_examples
