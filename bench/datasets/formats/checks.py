"""What any X must be, whatever it was read from."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.dataset import Side
from gradrace.bench.machine import available
from gradrace.bench.results import UnusableInput

BYTES_PER_NUMBER = 8
"""Of the float64 that an implementation makes of a pixel, or that a reader makes of anything else."""


def check_fits(where: str, what: str, needed_bytes: float) -> None:
    """Raise UnusableInput if so many bytes aren't free, before anything is read."""
    free = available.memory_bytes()
    if needed_bytes > free:
        about = min(needed_bytes, 1e30)  # a file may promise more than a float64 holds
        raise UnusableInput(
            f"{where}: {what} need about {about / 1e9:.1f} GB, {free / 1e9:.1f} GB are free; give fewer or smaller ones"
        )


SURROGATES = range(0xD800, 0xE000)
"""Halves of letters, which stand for nothing by themselves."""

NUMBERS, TEXT = "biuf", "US"
"""Kinds of dtypes, as NumPy has them."""


def check_kind(where: str, name: str, dtype: np.dtype[Any], kinds: str = NUMBERS) -> None:
    """See by the dtype alone that it holds what it should."""
    if dtype.hasobject:
        raise UnusableInput(f"{where}: {name} holds Python objects, which are never unpickled; save plain numbers")
    if dtype.kind not in kinds:
        raise UnusableInput(f"{where}: {name} is {dtype}, not numbers of one part; save plain numbers")


def check_letters(where: str, name: str, array: NDArray[Any]) -> None:
    """See that text is text: NumPy keeps any numbers as letters, of which Python can't write some."""
    if array.dtype.kind != "U" or not array.nbytes:
        return
    letters = np.atleast_1d(array).astype(array.dtype.newbyteorder("=")).view(np.uint32)
    if (letters > sys.maxunicode).any() or ((letters >= SURROGATES.start) & (letters < SURROGATES.stop)).any():
        raise UnusableInput(f"{where}: {name} holds what is no text; save it again")


def as_features(where: str, X: NDArray[Any]) -> NDArray[Any]:
    """uint8 as it is, all else as float64; raises UnusableInput if a number isn't finite."""
    if X.dtype == np.uint8:
        return X
    with np.errstate(over="ignore"):  # longdouble may be beyond float64: that is infinite then, and told
        features = X.astype(np.float64, copy=False)
    finite = np.isfinite(features)
    if not finite.all():
        row, column = np.argwhere(~finite)[0]
        raise UnusableInput(
            f"{where}: X[{row}, {column}] is {features[row, column]}; fill what is missing, or drop the example"
        )
    return features


def oriented(where: str, X: NDArray[Any], m: int, examples: Side | None) -> NDArray[Any]:
    """X as (n_x, m), of an array with m labels. Raises UnusableInput if neither side has m, or both have."""
    sides: tuple[Side, Side] = ("rows", "columns")
    fitting = [side for side, length in zip(sides, X.shape, strict=True) if length == m]
    if not fitting or (examples and examples not in fitting):
        wanted = f"{examples} of X" if examples else "sides of X"
        raise UnusableInput(f"{where}: {m} labels, but the {wanted} {_lengths(X, examples)}; give one label an example")
    if len(fitting) > 1 and examples is None:
        raise UnusableInput(f"{where}: X is {m} by {m}; say with --examples whether they are its rows or its columns")
    return X.T if (examples or fitting[0]) == "rows" else X


def _lengths(X: NDArray[Any], examples: Side | None) -> str:
    rows, columns = X.shape
    if examples:
        return f"are {rows if examples == 'rows' else columns}"
    return f"are {rows} and {columns} long"


def first_line(error: BaseException) -> str:
    """What a library says of a file, in one line."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
