"""Tables that are in memory as a DataFrame: Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from gradrace.bench.datasets.formats.checks import as_features
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.formats.labels import binary
from gradrace.bench.datasets.tables.columns import check_different, feature_places, label_place
from gradrace.bench.datasets.tables.findings import Findings
from gradrace.bench.datasets.tables.gathered import Gathered
from gradrace.bench.results import UnusableInput


def dataset_of(path: Path, table: pd.DataFrame, how: ReadOptions) -> Dataset:
    """Return the examples of a table. Raises UnusableInput if a label or a feature can't be used."""
    names = [str(column) for column in table.columns]
    check_different(path, names)
    place = label_place(path, names, how.label)
    labels, classes = binary(path, labels_of(path, table.iloc[:, place]), how.positive)
    places = feature_places(path, names, place, how)
    features = tuple(names[place] for place in places)
    keep = {*features} if how.only else {*how.keep}
    return Dataset(_numbers(path, table.iloc[:, places], features, keep), labels, classes, features=features)


def features_of(path: Path, table: pd.DataFrame, wanted: Wanted) -> NDArray[Any]:
    """Return the columns of a table that a model takes, as (n_x, m).

    Raises UnusableInput if one is missing or unusable, or if the model has no named columns.
    """
    if not wanted.names:
        raise UnusableInput(f"{path}: a table, but the model has no names of columns; give it images or an array")
    names = [str(column) for column in table.columns]
    places = feature_places(path, names, None, ReadOptions(only=wanted.names))
    return _numbers(path, table.iloc[:, places], wanted.names, {*wanted.names}, drops=False)


def check_features(path: Path, table: pd.DataFrame, keep: set[str]) -> None:
    """Raise UnusableInput with all columns of these first examples that aren't features."""
    _numbers(path, table, tuple(str(column) for column in table.columns), keep, whole=False)


def labels_of(path: Path, column: pd.Series) -> NDArray[Any]:
    """Return the labels (m,) as numbers if the column is numeric, otherwise as text.

    Raises UnusableInput if a label is missing, or is neither number nor text.
    """
    if (missing := np.flatnonzero(column.isna())).size:
        raise UnusableInput(f"{path}: the label of example {missing[0] + 1} is missing; fill it, or drop the example")
    if is_numeric_dtype(column) or is_bool_dtype(column):
        return np.asarray(column.to_numpy())
    try:
        return np.char.strip(np.asarray(column.astype(str).to_numpy(dtype=np.str_)))
    except UnicodeDecodeError as error:  # Parquet also has columns of bytes
        raise UnusableInput(f"{path}: a label is no text ({error}); write them as text or numbers") from error


def _numbers(
    path: Path,
    table: pd.DataFrame,
    names: tuple[str, ...],
    keep: set[str],
    *,
    whole: bool = True,
    drops: bool = True,
) -> NDArray[Any]:
    """Return these columns as (n_x, m). Raises UnusableInput with all that is wrong in them."""
    gathered, findings = Gathered.of(path, names, len(table)), Findings(path)
    gathered.take(table)
    findings.add_columns(gathered, keep, whole=whole, drops=drops)
    findings.refuse()
    return as_features(path, gathered.features())
