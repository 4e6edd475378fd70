"""Common entry points for reading data from any source."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from gradrace.bench.datasets.dialects.packed import is_packed
from gradrace.bench.datasets.formats.checks import BYTES_PER_NUMBER
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Unlabelled, Wanted
from gradrace.bench.datasets.labels_file import APART, file_of_labels, remarked, with_labels
from gradrace.bench.datasets.layouts import one_each
from gradrace.bench.datasets.layouts.commands import free, python, word
from gradrace.bench.datasets.layouts.kinds import check_is_data, check_is_read, format_of, unread
from gradrace.bench.datasets.layouts.listing import files_in
from gradrace.bench.datasets.layouts.nested import check_no_loop, files_below
from gradrace.bench.results import UnusableInput

FORMATS = {
    ".h5": "hdf5",
    ".hdf5": "hdf5",
    ".npz": "npz",
    ".npy": "npy",
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt", ".data", ".dat", ".arff"), "delimited"),
    **dict.fromkeys((".xlsx", ".xls", ".ods", ".dta", ".sas7bdat", ".sav"), "delimited"),
    **dict.fromkeys((".svm", ".libsvm", ".svmlight"), "svmlight"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), "json_records"),
    **dict.fromkeys((".feather", ".arrow"), "feather"),
    ".zarr": "zarr_arrays",
}
"""Modules of formats/ or tables/ by the suffix of the files that they read: {suffix: module}."""

TABLES = ("delimited", "svmlight", "parquet", "json_records", "feather")
"""Modules of tables/."""

WITH_NAMES = ("delimited", "parquet", "json_records", "feather")
"""Modules that read tables whose columns have names."""

ZARR = (".zgroup", "zarr.json")
"""Files that a folder of Zarr holds."""

PARQUET = (".parquet", ".pq")

MOST_LOOKED_AT = 20
"""Number of files of a folder that are looked at to know that it holds images."""

NAMES = ("breast_cancer", "digits")
KINDS = f"gradrace reads {', '.join(FORMATS)}, a folder of images, {' and '.join(NAMES)}"

MOST_COPIES = 1 + BYTES_PER_NUMBER
"""Memory in bytes per byte of X, at most: the byte itself and a float64."""


def read(source: str, how: ReadOptions | None = None) -> Dataset:
    """Return the examples of a file, a folder or a name.

    X stays on disk if it exceeds `how.memory_bytes` and its format supports that.
    Raises UnusableInput if the source can't be read, or doesn't fit the memory.
    """
    how, path = how or ReadOptions(), Path(source)
    check_not_empty(path)
    check_is_data(path)
    check_is_read(path)
    format_ = _format(source)
    if format_ == "images" and path.is_file():
        told = unread(path) or "is an image; name a folder with a sub-folder of images for each class"
        raise UnusableInput(f"{path}: {told}")
    if format_ is None:
        raise UnusableInput(f"{source}: {_unknown(source)}")
    if format_ == "images":
        _check_folder(path)
    reader = _reader(format_)
    own = file_of_labels(path, format_, reader, how)
    kind_of_labels = own and (_format(str(own)) or "npy")
    if format_ not in WITH_NAMES and not how.only:
        _check_no_table_options(path, replace(how, header=None) if kind_of_labels == "delimited" else how)
    if own and kind_of_labels:
        return _with_labels(path, own, format_, kind_of_labels, how)
    dataset: Dataset = _stored(reader, path, how) or reader.read(path, how)
    return dataset


def _with_labels(path: Path, own: Path, format_: str, of_labels: str, how: ReadOptions) -> Dataset:
    """Return the examples of a file with the labels of another one, each by the reader of its format.

    Raises UnusableInput as `read` does.
    """
    reader, refusals = _reader(format_), []
    try:
        for given in with_labels(own, _reader(of_labels), how):
            try:
                return remarked(_stored(reader, path, given) or reader.read(path, given), own, how)
            except UnusableInput as refusal:
                refusals.append(refusal)
        raise refusals[0]
    except UnusableInput as refusal:
        if how.label is not None or format_ in APART:
            raise
        raise UnusableInput(f"{refusal}; if {path} holds them itself, name their column with --label") from refusal


def read_features(source: str, wanted: Wanted) -> Iterator[Unlabelled]:
    """Yield the examples that a model classifies: each image of a file or folder, or all examples of another file.

    Raises UnusableInput if the source doesn't exist, or doesn't fit the model.
    """
    path = Path(source)
    check_not_empty(path)
    check_is_data(path)
    format_ = _format(source) or "images"
    if wanted.shape and format_ == "delimited" and path.suffix.lower() not in FORMATS:
        format_ = "images"  # a model of images takes no table
    if format_ != "images":
        check_is_read(path)
    if format_ == "images" and not path.exists():
        raise UnusableInput(f"{path}: no such file; name an image, a folder of images, or a file of examples")
    found = _reader(format_).read_features(path, wanted)
    if format_ == "images":
        yield from found
    elif format_ in WITH_NAMES:
        yield Unlabelled(source, *found)
    else:
        yield Unlabelled(source, found)


def check_not_empty(path: Path) -> None:
    """Raise UnusableInput if a file is empty, because each library has a different message for that."""
    if path.is_file() and not path.stat().st_size:
        raise UnusableInput(f"{path}: is empty; {KINDS}")


def _format(source: str) -> str | None:
    """Return the module of formats/ that reads a source, by its name alone, or None."""
    path = Path(source)
    if path.is_dir():
        is_zarr = path.suffix.lower() == ".zarr" or any((path / name).is_file() for name in ZARR)
        return "zarr_arrays" if is_zarr else "images"
    if path.exists():
        return _format_of_file(path) if path.is_file() else None
    return "bundled" if source in NAMES else None


def _unknown(source: str) -> str:
    """Return what is wrong with a source that has no format, and the remedy."""
    path = Path(source)
    if path.is_symlink() and not path.exists():
        return "is a link that leads to no file; name the file itself"
    if re.match(r"\w+://", source):
        return f"is an address, not a file; download it: curl -LO {shlex.quote(source)}"
    if path.exists():
        return f"{'a file of unknown kind' if path.is_file() else 'is not a file'}; {KINDS}"
    there = [str(one) for one in path.parent.iterdir()] if path.parent.is_dir() else []
    close = difflib.get_close_matches(source, [*there, *NAMES], n=1, cutoff=0.75)
    return f"no such file; {f'did you mean {shlex.quote(close[0])}?' if close else KINDS}"


def _format_of_file(path: Path) -> str | None:
    """Return the module that reads a file, by the suffix of its name, or by its contents, or None."""
    named = FORMATS.get(path.suffix.lower())
    if named is None and FORMATS.get(Path(path.stem).suffix.lower()) == "json_records" and is_packed(path):
        return "json_records"
    if named not in (None, "delimited"):
        return named
    found = format_of(path)
    return found if named is None or found == "hdf5" else "delimited"


def _check_folder(path: Path) -> None:
    """Raise UnusableInput if a folder holds files of data rather than images, with what goes on."""
    check_no_loop(path)
    beside = [file for file in files_in(path) if not file.name.startswith((".", "_"))]
    data = [file for file in beside if file.suffix.lower() in FORMATS or "ubyte" in file.name]
    inner = files_below(path)
    data = data or [file for file in inner if file.suffix.lower() in FORMATS]
    kinds, name = {file.suffix.lower() for file in data}, str(path)
    if path.suffix.lower() in PARQUET or (len(data) > 1 and kinds <= {*PARQUET}):
        whole = free(path.with_name(f"{path.stem}-whole.parquet"))
        made = f"import pandas; pandas.read_parquet({name!r}).to_parquet({whole!r}, index=False)"
        raise UnusableInput(f"{path}: is a folder of Parquet files; make one of them: {python(made)}")
    if told := one_each.told_of(path):
        raise UnusableInput(f"{path}: {told}")
    if not data or any(_is_image(file) for file in inner[:MOST_LOOKED_AT]):
        return
    first = word(next((file for file in data if "train" in str(file).lower()), data[0]))
    raise UnusableInput(f"{path}: is a folder without images; name one of its files, such as --data {first}")


def _is_image(file: Path) -> bool:
    return file.suffix.lower() not in FORMATS and format_of(file) == "images"


def _check_no_table_options(path: Path, how: ReadOptions) -> None:
    """Raise UnusableInput if options for tables are given for a file without names of columns."""
    given = {"--drop": how.drop, "--keep": how.keep, "--header": how.header is True, "--no-header": how.header is False}
    if option := next((option for option, value in given.items() if value), None):
        raise UnusableInput(f"{path}: {option} is for tables with columns; leave it out")


def _reader(format_: str) -> Any:
    """Return the module of a format. Other formats aren't imported, as pandas alone takes 0.8 s."""
    folder = "tables" if format_ in TABLES else "matlab" if format_ == "mat5" else "formats"
    return import_module(f"gradrace.bench.datasets.{folder}.{format_}")


def _stored(reader: Any, path: Path, how: ReadOptions) -> Dataset | None:
    """Return the examples with X on disk if X exceeds `how.memory_bytes`; only labels and headers are read.

    Return None if X doesn't exceed it, or if its format can't stay on disk.
    Raises UnusableInput as the reader does.
    """
    if how.memory_bytes is None or not hasattr(reader, "open_stored"):
        return None
    try:
        dataset: Dataset = reader.open_stored(path, how)
    except UnusableInput:
        if MOST_COPIES * path.stat().st_size <= how.memory_bytes:
            return None  # X on disk needs a certain layout, X in memory doesn't
        raise
    copies = 1 + BYTES_PER_NUMBER / dataset.X.dtype.itemsize
    return dataset if copies * dataset.X.nbytes > how.memory_bytes else None
