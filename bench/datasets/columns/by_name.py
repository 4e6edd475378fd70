"""Columns that are named, by an option or a model: their positions, and refusals of other names."""

from __future__ import annotations

import csv
import difflib
import io
import shlex
from collections.abc import Sequence
from pathlib import Path

from gradrace.bench.datasets.doubts.texts import column_of
from gradrace.bench.datasets.formats.dataset import ReadOptions
from gradrace.bench.datasets.layouts.features import columns_of
from gradrace.bench.results import UnusableInput
from gradrace.bench.text import few


def label_place(path: Path, names: Sequence[str], label: str | None) -> int:
    """Return the position of the column with the labels.

    Raises UnusableInput if no column or several have its name, or if there is no other column.
    """
    if label is None:
        raise UnusableInput(f"{path}: name the column of labels with --label; {shown(names)}")
    _check_known(path, names, label)
    if len(names) == 1:
        raise UnusableInput(f"{path}: no column except the labels; add features")
    return names.index(label)


def feature_places(path: Path, names: Sequence[str], label: int | None, how: ReadOptions) -> list[int]:
    """Return the positions of the features, or of the columns that the features to take are made of.

    Raises UnusableInput if a column to take, drop or keep doesn't exist, or if none is left.
    """
    if how.only:
        places = {name: place for place, name in enumerate(names)}
        found = {feature: column_of(feature, places.keys()) for feature in how.only}
        if lost := [feature for feature, name in found.items() if name is None]:
            missing = [*map(repr, columns_of(lost))]
            told = f"columns {few(missing)} are" if len(missing) > 1 else f"column {missing[0]} is"
            raise UnusableInput(f"{path}: {told} missing; {shown(names)}")
        return [places[name] for name in dict.fromkeys(found.values()) if name is not None]
    for name in (*how.drop, *how.keep):
        _check_known(path, names, name)
    dropped = {*how.drop}
    left = [place for place, name in enumerate(names) if place != label and name not in dropped]
    if not left:
        raise UnusableInput(f"{path}: --drop leaves no feature; drop fewer columns")
    return left


def check_different(path: Path, names: Sequence[str]) -> None:
    """Raise UnusableInput if two columns have the same name."""
    repeated = next((name for name in names if names.count(name) > 1), None) if len({*names}) < len(names) else None
    if repeated is not None:
        raise UnusableInput(f"{path}: several columns are called {repeated!r}; give each a name of its own")


def check_once(path: Path, written: Sequence[str], label: str) -> None:
    """Raise UnusableInput if two columns have the name of the labels."""
    if written.count(label) > 1:
        raise UnusableInput(f"{path}: {written.count(label)} columns are called {label!r}; rename all but the labels")


def listed(names: Sequence[str]) -> str:
    """Return names as one word of a shell: separated by commas, quoted where a name needs it."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    return shlex.quote(line.getvalue())


def shown(names: Sequence[str]) -> str:
    """Return the first names of columns as part of a message."""
    return "the columns are " + few(list(map(repr, names)))


def _check_known(path: Path, names: Sequence[str], name: str) -> None:
    if name not in names:
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {close[0]!r}?" if close else shown(names)
        raise UnusableInput(f"{path}: no column is called {name!r}; {hint}")
