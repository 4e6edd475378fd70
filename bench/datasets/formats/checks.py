"""Checks that every X must pass, from any format."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.dataset import Side
from gradrace.bench.machine import available
from gradrace.bench.results import UnusableInput
from gradrace.bench.text import said

BYTES_PER_NUMBER = 8
"""Bytes of a float64: an implementation converts pixels to it, and a reader converts all other numbers."""

SURROGATES = range(0xD800, 0xE000)
"""Code points of surrogates, which are no characters by themselves."""

NUMBERS, TEXT = "biuf", "US"
"""Kinds of NumPy dtypes (`dtype.kind`) that hold numbers and text."""


@contextmanager
def refusing(path: Path, what: str, remedy: str) -> Iterator[None]:
    """Raise UnusableInput for any error of a library on a damaged file: `not {what} (...); {remedy}`."""
    try:
        yield
    except UnusableInput:
        raise
    except Exception as error:  # zlib.error, struct.error, OSError, KeyError, ArrowInvalid, ...
        raise UnusableInput(f"{path}: not {what} ({said(error)}); {remedy}") from error


def check_fits(where: Path | str, what: str, needed_bytes: float) -> None:
    """Raise UnusableInput if fewer bytes of memory are free than needed. It is called before anything is read."""
    free = available.memory_bytes()
    if needed_bytes > free:
        about = min(needed_bytes, 1e30)  # a file may promise more than a float64 holds
        raise UnusableInput(
            f"{where}: {what} need about {about / 1e9:.1f} GB, {free / 1e9:.1f} GB are free; give fewer or smaller ones"
        )


def check_kind(where: Path | str, name: str, dtype: np.dtype[Any], kinds: str) -> None:
    """Raise UnusableInput if the dtype isn't of one of the kinds, or holds Python objects. No number is read."""
    if dtype.hasobject:
        remedy = f"numbers, such as {name}.astype(float)" if kinds == NUMBERS else f"text, such as {name}.astype(str)"
        raise UnusableInput(f"{where}: {name} holds Python objects, which are never unpickled; save plain {remedy}")
    if dtype.kind not in kinds:
        raise UnusableInput(f"{where}: {name} is {dtype}, not integers or floats; save plain numbers")


def check_letters(where: Path | str, name: str, array: NDArray[Any]) -> None:
    """Raise UnusableInput if an array of text holds a code point that is no character.

    NumPy accepts any 32-bit number as a character, and Python can't encode some of them.
    """
    if array.dtype.kind != "U" or not array.nbytes:
        return
    letters = np.atleast_1d(array).astype(array.dtype.newbyteorder("=")).view(np.uint32)
    if (letters > sys.maxunicode).any() or ((letters >= SURROGATES.start) & (letters < SURROGATES.stop)).any():
        raise UnusableInput(f"{where}: {name} holds invalid text; save it again")


def as_features(where: Path | str, X: NDArray[Any], *, may_lack: bool = False) -> NDArray[Any]:
    """Return X unchanged if it is uint8, otherwise as float64.

    may_lack: whether numbers may be missing: NaN.
    Raises UnusableInput if a number isn't finite.
    """
    if X.dtype == np.uint8:
        return X
    with np.errstate(over="ignore"):  # a longdouble beyond float64 becomes infinite: reported below
        features = X.astype(np.float64, copy=False)
    if (found := _first_infinite(features, may_lack=may_lack)) is not None:
        row, column = found
        raise UnusableInput(
            f"{where}: feature {row + 1} of example {column + 1} is {features[row, column]}; "
            "fill what is missing, or drop the example"
        )
    return features


def _first_infinite(X: NDArray[Any], *, may_lack: bool) -> tuple[int, int] | None:
    """Return the feature and the example of the first number that isn't finite, or None if all are.

    Each feature is checked by itself: masks of all of X would take a quarter of its memory. may_lack: whether NaN
    counts as finite.
    """
    for row, numbers in enumerate(X):
        finite = np.isfinite(numbers)
        if may_lack:
            finite |= np.isnan(numbers)
        if not finite.all():
            return row, int(np.argmin(finite))
    return None


def check_one_each(where: Path | str, m: int, labels: int) -> None:
    """Raise UnusableInput if there isn't one label for each example of a table."""
    if m != labels:
        raise UnusableInput(f"{where}: {m} examples, but {labels} labels; give one label per example")


def side_of(where: Path | str, shape: tuple[int, ...], m: int, examples: Side | None) -> Side:
    """Return whether the m examples are the rows or the columns of X, from `examples` or from its shape.

    Raises UnusableInput if no side fits m, or if both do and `examples` is None.
    """
    sides: dict[Side, int] = {"rows": shape[0], "columns": shape[1]}
    fitting = [side for side, length in sides.items() if length == m]
    if not fitting or (examples and examples not in fitting):
        told = f"{examples} of X are {sides[examples]}" if examples else "sides of X are {} and {} long".format(*shape)
        raise UnusableInput(f"{where}: {m} labels, but the {told}; give one label per example")
    if len(fitting) > 1 and examples is None:
        told = f"X is {m} by {m}, so rows and columns look alike"
        raise UnusableInput(f"{where}: {told}; go on with --examples rows, or --examples columns")
    return examples or fitting[0]
