"""CSV, and the checks of any table: one column holds the labels, all others are numeric features."""

from __future__ import annotations

import csv
import difflib
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_complex_dtype, is_numeric_dtype

from gradrace.bench.datasets.formats.checks import as_features, check_fits, refusing
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.formats.labels import binary
from gradrace.bench.results import UnusableInput

MOST_NAMED = 10
"""Maximum number of columns that a message names."""

BYTES_PER_BYTE = 4
"""Bytes of memory per byte of CSV, at most: "0," becomes a float64 that pandas holds once and X once."""


def read(path: Path, how: ReadOptions) -> Dataset:
    """Return the examples of a CSV: one column holds the labels, all others are features.

    Raises UnusableInput if the file is damaged, or if a label or a feature can't be used.
    """
    return dataset_of(path, _csv(path), how)


def read_features(path: Path, wanted: Wanted) -> NDArray[Any]:
    """Return the columns that a model takes, as (n_x, m).

    Raises UnusableInput as `read` does, or if a column is missing.
    """
    return features_of(path, _csv(path), wanted)


def dataset_of(path: Path, table: pd.DataFrame, how: ReadOptions) -> Dataset:
    """Return the examples of a table. Raises UnusableInput as `read` does."""
    columns = [str(column) for column in table.columns]
    place = label_place(path, columns, how)
    labels, classes = binary(path, labels_of(path, table.iloc[:, place]), how.positive)
    features = table.drop(columns=table.columns[place])
    names = tuple(column for column in columns if column != how.label)
    return Dataset(_numbers(path, features), labels, classes, features=names)


def features_of(path: Path, table: pd.DataFrame, wanted: Wanted) -> NDArray[Any]:
    """Return the columns of a table that a model takes, as (n_x, m).

    Raises UnusableInput if one is missing or unusable, or if the model has no named columns.
    """
    columns = [str(column) for column in table.columns]
    if not wanted.names:
        raise UnusableInput(f"{path}: a table, but the model has no names of columns; give it images or an array")
    if missing := [name for name in wanted.names if name not in columns]:
        raise UnusableInput(f"{path}: column {missing[0]!r} is missing; {_shown(columns)}")
    return _numbers(path, table.iloc[:, [columns.index(name) for name in wanted.names]])


def label_place(path: Path, columns: list[str], how: ReadOptions) -> int:
    """Return the position of the column with the labels.

    Raises UnusableInput if no column or several have its name, or if there is no other column.
    """
    if how.label is None:
        raise UnusableInput(f"{path}: name the column of labels with --label; {_shown(columns)}")
    if how.label not in columns:
        close = difflib.get_close_matches(how.label, columns, n=1)
        hint = f"did you mean {close[0]!r}?" if close else _shown(columns)
        raise UnusableInput(f"{path}: no column is called {how.label!r}; {hint}")
    if columns.count(how.label) > 1:
        raise UnusableInput(f"{path}: several columns are called {how.label!r}; give each a name of its own")
    if len(columns) == 1:
        raise UnusableInput(f"{path}: no column except the labels; add features")
    return columns.index(how.label)


def labels_of(path: Path, column: pd.Series) -> NDArray[Any]:
    """Return the labels (m,) as numbers if the column is numeric, otherwise as text.

    Raises UnusableInput if a label is missing, or is neither number nor text.
    """
    if (missing := np.flatnonzero(column.isna())).size:
        raise UnusableInput(f"{path}: the label of example {missing[0]} is missing; fill it, or drop the example")
    if is_numeric_dtype(column) or is_bool_dtype(column):
        return np.asarray(column.to_numpy())
    try:
        return np.asarray(column.astype(str).to_numpy(dtype=np.str_))
    except UnicodeDecodeError as error:  # Parquet also has columns of bytes
        raise UnusableInput(f"{path}: a label is no text ({error}); write them as text or numbers") from error


def _csv(path: Path) -> pd.DataFrame:
    check_fits(path, "its lines", BYTES_PER_BYTE * path.stat().st_size)
    with refusing(path, "a table", "give it one line for each example"), warnings.catch_warnings():
        _check_names(path)
        warnings.simplefilter("error", pd.errors.ParserWarning)  # pandas warns of lines with more cells than names
        return pd.read_csv(path, sep=_separator(path), low_memory=False, index_col=False)


def _numbers(path: Path, features: pd.DataFrame) -> NDArray[Any]:
    """Return all of these columns as (n_x, m). Raises UnusableInput if one isn't numeric, or lacks a number."""
    for name, column in features.items():
        if not (is_numeric_dtype(column) or is_bool_dtype(column)) or is_complex_dtype(column):
            known = enumerate(zip(column, column.notna(), strict=True))
            wrong = next(((value, place) for place, (value, there) in known if there and not _is_number(value)), None)
            example = f", as {str(wrong[0])[:30]!r} in example {wrong[1]}" if wrong else ""
            raise UnusableInput(f"{path}: column {name} isn't numeric{example}; drop it, or make it numbers")
        if (missing := np.flatnonzero(column.isna())).size:
            raise UnusableInput(
                f"{path}: column {name} lacks a number in example {missing[0]}; "
                "fill it, or drop the column or the example"
            )
    return as_features(path, features.to_numpy(dtype=np.float64).T)


def _check_names(path: Path) -> None:
    """Raise UnusableInput if the first line of a CSV holds only numbers, or repeats a name.

    pandas would take such numbers for names of columns.
    """
    with path.open(newline="", encoding="utf-8-sig") as stream:
        names = next(csv.reader(stream, delimiter=_separator(path)), [])
    if names and all(_is_number(name) for name in names):
        raise UnusableInput(f"{path}: its first line holds numbers; put a line with the names of the columns before it")
    repeated = next((name for name in names if names.count(name) > 1), None) if len({*names}) < len(names) else None
    if repeated is not None:
        raise UnusableInput(f"{path}: several columns are called {repeated!r}; give each a name of its own")


def _separator(path: Path) -> str:
    return "\t" if path.suffix.lower() == ".tsv" else ","


def _is_number(value: Any) -> bool:
    """Return whether a value is a number, or the text of one."""
    try:
        float(value)
    except (ValueError, TypeError, OverflowError):
        return False
    return True


def _shown(columns: list[str]) -> str:
    return (
        "the columns are " + ", ".join(map(repr, columns[:MOST_NAMED])) + (", …" if len(columns) > MOST_NAMED else "")
    )
