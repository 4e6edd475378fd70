"""Labels in a file of their own: an array or a table, named by --label or beside the examples under a usual name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from gradrace.bench.datasets.formats.dataset import Dataset, LabelsFile, ReadOptions
from gradrace.bench.datasets.formats.npy import remedy
from gradrace.bench.datasets.layouts.beside import labels_beside, told
from gradrace.bench.datasets.layouts.commands import word
from gradrace.bench.datasets.layouts.kinds import check_is_data, check_is_read
from gradrace.bench.results import UnusableInput

APART = ("npy", "idx")
"""Modules of formats whose files never hold the labels, so that --label always names a file."""


def file_of_labels(path: Path, format_: str, reader: Any, how: ReadOptions) -> Path | None:
    """Return the file with the labels of a file of examples, or None if it holds them itself.

    Raises UnusableInput if there is none, or if one beside the examples has to be named.
    """
    if not hasattr(reader, "holds_only_examples"):
        return None
    option = "--test-label" if how.part == "test" else "--label"
    if how.label is not None:
        named = Path(how.label)
        if format_ in APART and not named.is_file():
            raise UnusableInput(f"{named}: no such file; name the file of the labels")
        return named if named.is_file() and (format_ in APART or named.suffix) else None
    if (beside := labels_beside(path)) and reader.holds_only_examples(path):
        if how.guesses:
            return beside
        told_ = f"go on with {option} {word(beside)}, or name the file that has them with {option}"
        raise UnusableInput(f"{path}: has no labels; {told_}")
    if format_ in APART:
        told_ = f"name the file that has them with {option}" + (remedy(path) if format_ == "npy" else "")
        raise UnusableInput(f"{path}: has no labels; {told_}")
    return None


def with_labels(own: Path, reader: Any, how: ReadOptions) -> Iterator[ReadOptions]:
    """Yield the options that hold the labels of a file of their own, in each way in which it can be read.

    reader: module that reads this file. Raises UnusableInput if it can't be read.
    """
    check_is_data(own)
    check_is_read(own)
    if not hasattr(reader, "read_labels"):
        raise UnusableInput(
            f"{own}: labels are read from .npy, .npz, .h5, IDX, tables and JSON; save them as one of these"
        )
    for values in reader.read_labels(own, how):
        yield replace(how, label=None, labels=LabelsFile(own, values))


def remarked(dataset: Dataset, own: Path, how: ReadOptions) -> Dataset:
    """Return a dataset with the remark that its labels are from another file, unless --label says so."""
    readings = dataset.readings if how.label is not None else (told(own), *dataset.readings)
    return replace(dataset, readings=readings, labels_apart=True)
