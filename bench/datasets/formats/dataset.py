"""What every reader makes of its source, and what a source may need to be told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.stored import is_stored

Part: TypeAlias = Literal["train", "test"]
Side: TypeAlias = Literal["rows", "columns"]


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Examples with two classes.

    X: (n_x, m), examples as columns: pixels of uint8, or float64; or `Stored`, of any numbers. labels: (m,), each 0 or
    1. classes: the names of 0 and 1. shape: (height, width, channels) of the image that an example unrolls, or ().
    features: their names, or ().
    """

    X: NDArray[Any]
    labels: NDArray[np.int64]
    classes: tuple[str, str] = ("0", "1")
    shape: tuple[int, ...] = ()
    features: tuple[str, ...] = ()

    @property
    def m(self) -> int:
        """The number of examples."""
        return int(self.X.shape[1])

    @property
    def n_x(self) -> int:
        """The number of features."""
        return int(self.X.shape[0])

    def some(self, places: NDArray[Any]) -> Dataset:
        """The examples at these places, in the memory order that they have; in memory, whether or not they were."""
        if is_stored(self.X):
            return replace(self, X=self.X.some(places), labels=self.labels[places])
        X = self.X[:, places] if self.X.flags.c_contiguous else self.X.T[places].T
        return replace(self, X=X, labels=self.labels[places])


class Unlabelled(NamedTuple):
    """Examples without classes: where they come from, and X (n_x, m)."""

    name: str
    X: NDArray[Any]


class Wanted(NamedTuple):
    """What a model takes: n_x features; images of this shape, or (); columns of a table by name, or ()."""

    n_x: int
    shape: tuple[int, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a source may need to be told.

    part: of a file that holds one of the two. label: the column of a table, or the array of an .npz, that holds the
    labels; of an .npy, the file that does. positive: the class that counts as 1, all others as 0. examples: whether
    they are the rows or the columns of an array. size: (height, width) to which images of a folder are brought.
    memory_bytes: what X may take; a larger one stays on disk where its kind can. None: X must fit the memory.
    """

    part: Part = "train"
    label: str | None = None
    positive: str | None = None
    examples: Side | None = None
    size: tuple[int, int] = (64, 64)
    memory_bytes: float | None = None
