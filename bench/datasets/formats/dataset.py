"""Dataset that every reader returns, and the options that a reader takes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.stored import is_stored
from gradrace.bench.datasets.layouts.features import columns_of
from gradrace.bench.datasets.layouts.names import Chosen, Part
from gradrace.bench.text import few

Side: TypeAlias = Literal["rows", "columns"]


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Examples with two classes.

    Attributes:
        X: (n_x, m), examples as columns: pixels in uint8, or float64; or `Stored` of any numeric dtype.
        labels: (m,), each 0 or 1.
        classes: names of the classes 0 and 1.
        shape: (height, width, channels) of the image that an example unrolls, or ().
        features: names of the features, or ().
        notes: remarks on the source for the user.
        unnamed: if a table has no header, the names 1 to n of its columns without the labels'; otherwise ().
        label: name of a table's column of labels, or "".
        readings: how a table was understood where the command doesn't say it.
        labels_apart: whether the labels are from a file of their own.
        kinds: names of all classes; of more than two, one counts as 1.
        gaps: which examples of a table were left out, and which values the training didn't have.
    """

    X: NDArray[Any]
    labels: NDArray[np.int64]
    classes: tuple[str, str] = ("0", "1")
    shape: tuple[int, ...] = ()
    features: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()
    label: str = ""
    readings: tuple[str, ...] = ()
    labels_apart: bool = False
    kinds: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()

    @property
    def m(self) -> int:
        """Return the number of examples."""
        return int(self.X.shape[1])

    @property
    def n_x(self) -> int:
        """Return the number of features."""
        return int(self.X.shape[0])

    def some(self, places: NDArray[Any]) -> Dataset:
        """Return the examples at these positions, always in memory and in the memory order of X."""
        if is_stored(self.X):
            return replace(self, X=self.X.some(places), labels=self.labels[places])
        X = self.X[:, places] if self.X.flags.c_contiguous else self.X.T[places].T
        return replace(self, X=X, labels=self.labels[places])


def told_by(dataset: Dataset, found: Chosen) -> Dataset:
    """Return a dataset with the remarks of the choice of its arrays."""
    return replace(dataset, notes=found.notes, readings=(*found.readings, *dataset.readings), label=found.label)


class Unlabelled(NamedTuple):
    """Examples without labels: the name of their source, X (n_x, m), and `Dataset.gaps`."""

    name: str
    X: NDArray[Any]
    gaps: tuple[str, ...] = ()


class Wanted(NamedTuple):
    """Input of a model.

    Attributes:
        n_x: number of features.
        shape: shape of its images, or ().
        names: names of its table columns, or ().
        unnamed: `Dataset.unnamed` of its training data.
    """

    n_x: int
    shape: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()

    def kind(self) -> str:
        """Return what a file must hold, as part of a message."""
        if self.names:
            return f"tables with the columns {few(columns_of(self.names))}"
        if self.shape:
            return f"arrays of images of {' × '.join(map(str, self.shape))} numbers"
        return f"arrays of {self.n_x} numbers for each example"


class LabelsFile(NamedTuple):
    """Labels from a file of their own, in one array."""

    path: Path
    values: NDArray[Any]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Options for reading a source.

    Attributes:
        part: training or test part, for a file that holds one of the two.
        label: column of a table, array of an .npz or Zarr folder, or file, with the labels.
        labels: labels that were read from a file of their own, or None.
        positive: class that counts as 1. All other classes count as 0.
        examples: whether the examples are the rows or the columns of an array.
        size: (height, width) in pixels to which the images of a folder are resized.
        header: whether the first line of a table holds the names of its columns; if None, it is recognised.
        drop: columns of a table to leave out.
        keep: columns of a table that are features, though they seem to number the examples.
        only: names of the features to take from a table, in this order; () for all.
        guesses: whether what is certain needs no option: a column of labels, the class that counts as 1, and which
            columns of a table are features; the caller shows `Dataset.readings`.
        memory_bytes: memory for X. A larger X stays on disk if its format allows that. If None, X must fit the memory.
    """

    part: Part = "train"
    label: str | None = None
    positive: str | None = None
    examples: Side | None = None
    size: tuple[int, int] = (64, 64)
    header: bool | None = None
    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    guesses: bool = False
    memory_bytes: float | None = None
    labels: LabelsFile | None = field(default=None, compare=False)

    @property
    def decides(self) -> bool:
        """Return whether the class that counts as 1 may be chosen here. Test data take that of the training data."""
        return self.guesses and self.positive is None and self.part == "train"

    @property
    def leaves_out(self) -> bool:
        """Return whether examples that lack a label or a number may be left out; the caller shows `Dataset.gaps`."""
        return self.guesses or bool(self.only)
