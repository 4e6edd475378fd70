"""Tables that are in memory as a DataFrame: Parquet, Feather, JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from gradrace.bench.datasets.columns.by_name import (
    check_different,
    feature_places,
    label_place,
    shown,
)
from gradrace.bench.datasets.columns.certain_label import certain_label, told
from gradrace.bench.datasets.columns.findings import RECIPE, Findings
from gradrace.bench.datasets.columns.gathered import Gathered
from gradrace.bench.datasets.columns.label_names import has_usual_name
from gradrace.bench.datasets.columns.likely_label import named_label
from gradrace.bench.datasets.dialects.cells import flat
from gradrace.bench.datasets.doubts.texts import Texts, known_texts
from gradrace.bench.datasets.formats.checks import check_one_each
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.formats.labels import binary, classes_apart, codes_apart, undecided
from gradrace.bench.results import UnusableInput

FIRST = 1000
"""Number of examples that are looked at before the others."""


@dataclass(frozen=True, slots=True)
class FrameReader:
    """Functions of a reader whose files become a DataFrame, which `table` returns."""

    table: Callable[[Path], pd.DataFrame]

    def read(self, path: Path, how: ReadOptions) -> Dataset:
        """Return the examples of a table: one column holds the labels, all others are features.

        Raises UnusableInput if a label or a feature can't be used.
        """
        table = self.table(path)
        check_different(path, [str(column) for column in table.columns])
        table = flat(table)
        names, findings = [str(column) for column in table.columns], Findings(path)
        if not names or not len(table):
            raise UnusableInput(f"{path}: holds no table; give it one record for each example")
        check_different(path, names)
        if how.labels is not None:
            return _with_labels(path, table, names, how)
        cells = _cells(table.head(FIRST))
        certain = certain_label(names, cells, how.drop) if how.guesses and how.label is None else None
        label = how.label or certain or findings.guessed(named_label(names, cells), names)
        place = label_place(path, names, label)
        gathered = _gathered(path, table, feature_places(path, names, place, how), how)
        column = table.iloc[:, place]
        present = column.notna().to_numpy()
        if not present.all() and gathered.decides and gathered.leave_unlabelled(present):
            column = column[present]
        labels = labels_of(path, column)
        findings.check_likely(names[place], [str(one) for one in np.unique(labels)])
        doubtful = certain or findings.causes or gathered.faulty()
        if doubtful and (several := undecided(labels, how)):
            findings.add_classes(several, len(table), certain or "")
        codes = np.unique(labels, return_inverse=True)[1] if labels.dtype.kind == "U" else labels
        repeated = gathered.repeating(names[place], _of_all(codes.astype(np.float64), gathered))
        _judge(gathered, findings, how, repeated)
        labelled = binary(path, labels, how)
        readings = [*([told(names, place, labelled.kinds)] if certain else []), *labelled.readings]
        readings += [f"the table's index {name!r} is no feature" for name in table.index.names if name is not None]
        labelled = labelled._replace(labels=_of_all(labelled.labels, gathered), readings=(*readings,))
        return gathered.dataset(labelled, label=names[place])

    def read_features(self, path: Path, wanted: Wanted) -> tuple[NDArray[Any], tuple[str, ...]]:
        """Return the features that a model takes, as (n_x, m), and `Dataset.gaps`.

        Raises UnusableInput if a column is missing or unusable, or if the model has no named columns.
        """
        if not wanted.names:
            raise UnusableInput(f"{path}: a table, but the model has no names of columns; give it images or an array")
        table, how, findings = flat(self.table(path)), ReadOptions(only=wanted.names), Findings(path)
        names = [str(column) for column in table.columns]
        gathered = _gathered(path, table, feature_places(path, names, None, how), how, predicts=True)
        findings.add_columns(gathered, {*gathered.names}, drops=False)
        findings.refuse()
        return gathered.for_model(wanted.names)

    def read_labels(self, path: Path, how: ReadOptions) -> Iterator[NDArray[Any]]:  # noqa: ARG002
        """Yield the labels (m,) of a table that holds nothing else. Raises UnusableInput if it has other columns."""
        table = self.table(path)
        if table.shape[1] != 1:
            names = [str(column) for column in table.columns]
            raise UnusableInput(f"{path}: holds more than labels; {shown(names)}; save the labels alone")
        yield labels_of(path, table.iloc[:, 0])

    def holds_only_examples(self, path: Path) -> bool:
        """Return whether no column of a table has a usual name of labels."""
        return without_labels(self.table(path))


def _with_labels(path: Path, table: pd.DataFrame, names: list[str], how: ReadOptions) -> Dataset:
    """Return the examples of a table whose labels are from a file of their own."""
    labelled = classes_apart(how)
    check_one_each(path, len(table), len(labelled.labels))
    gathered = _gathered(path, table, feature_places(path, names, None, how), how)
    _judge(gathered, Findings(path), how, gathered.repeating("", codes_apart(how)))
    return gathered.dataset(labelled)


def without_labels(table: pd.DataFrame) -> bool:
    """Return whether no column of a table has a usual name of labels."""
    return not any(has_usual_name(str(name)) for name in table.columns)


def check_features(path: Path, table: pd.DataFrame, keep: set[str]) -> None:
    """Raise UnusableInput with all columns of these first examples that aren't features."""
    gathered, findings = _gathered(path, table, range(table.shape[1]), ReadOptions()), Findings(path)
    findings.add_columns(gathered, keep, whole=False)
    findings.refuse()


def labels_of(path: Path, column: pd.Series) -> NDArray[Any]:
    """Return the labels (m,) as numbers if the column is numeric, otherwise as text.

    Raises UnusableInput if a label is missing, or is neither number nor text.
    """
    if (missing := np.flatnonzero(column.isna())).size:
        raise UnusableInput(f"{path}: the label of example {missing[0] + 1} is missing; drop the example: {RECIPE}")
    if is_numeric_dtype(column) or is_bool_dtype(column):
        return np.asarray(column.to_numpy())
    try:
        return np.char.strip(np.asarray(column.astype(str).to_numpy(dtype=np.str_)))
    except UnicodeDecodeError as error:  # Parquet also has columns of bytes
        raise UnusableInput(f"{path}: a label is no text ({error}); write them as text or numbers") from error


def _gathered(
    path: Path, table: pd.DataFrame, places: Sequence[int], how: ReadOptions, *, predicts: bool = False
) -> Gathered:
    """Return the columns of a table at these positions.

    predicts: whether a model takes them, and each example needs all of them.
    """
    columns = tuple(str(column) for column in table.columns)
    names, of_text = tuple(columns[place] for place in places), list[str]()
    for _ in range(2):
        texts = known_texts(how.only, names) | {name: Texts() for name in of_text}
        decides = how.leaves_out and not predicts
        gathered = Gathered.of(path, names, len(table), texts=texts, decides=decides, columns=columns)
        gathered.take(table.iloc[:, [*places]])
        of_text = gathered.late() if how.guesses and not how.only else []
        if not of_text:
            break
    gathered.settle()
    return gathered


def _judge(gathered: Gathered, findings: Findings, how: ReadOptions, repeating: Sequence[str]) -> None:
    """Decide on the columns and examples. Raise UnusableInput if anything is wrong."""
    keep = {*gathered.names} if how.only else {*how.keep}
    findings.add_columns(gathered, keep, repeating=repeating, features=how.only)
    findings.refuse()


def _of_all(labels: NDArray[Any], gathered: Gathered) -> NDArray[Any]:
    """Return the labels (m,) of all examples; a label that is missing becomes 0."""
    if gathered.labelled is None:
        return labels
    every = np.zeros(len(gathered.labelled), labels.dtype)
    every[gathered.labelled] = labels
    return every


def _cells(table: pd.DataFrame) -> list[list[str]]:
    """Return the cells as text."""
    return [[str(cell) for cell in row] for row in table.itertuples(index=False, name=None)]
