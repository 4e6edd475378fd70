"""JSON: a list of records, lines with one record each, or columns, as pandas' to_json writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.checks import check_fits, refusing
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.tables.frame import dataset_of, features_of

BYTES_PER_BYTE = 20
"""Bytes of memory per byte of text: a record of small numbers, as a dictionary, takes about 16."""


def read(path: Path, how: ReadOptions) -> Dataset:
    """Return the examples of a table: one column holds the labels, all others are features.

    Raises UnusableInput as `frame.dataset_of` does, and if the file holds no records.
    """
    return dataset_of(path, _table(path), how)


def read_features(path: Path, wanted: Wanted) -> NDArray[Any]:
    """Return the columns that a model takes, as (n_x, m). Raises UnusableInput as `frame.features_of` does."""
    return features_of(path, _table(path), wanted)


def _table(path: Path) -> pd.DataFrame:
    check_fits(path, "its records", BYTES_PER_BYTE * path.stat().st_size)
    with refusing(path, "a table in JSON", "write a list with one record for each example"):
        text = path.read_text(encoding="utf-8-sig")
        try:
            records = json.loads(text)
        except json.JSONDecodeError:
            records = [json.loads(line) for line in text.split("\n") if line.strip()]
        return pd.DataFrame(records).reset_index(drop=True)
