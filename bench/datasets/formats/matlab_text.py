"""Text in MATLAB's HDF5 files: cell arrays and matrices of letters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

NUMERIC = {
    b"double",
    b"single",
    b"logical",
    b"char",
    *(f"{sign}int{bits}".encode() for sign in ("", "u") for bits in (8, 16, 32, 64)),
}
"""MATLAB's classes of arrays whose numbers HDF5 holds as they are."""

CLASS = "MATLAB_class"

MOST_LETTERS = 1000


def text_of(file: h5py.File, name: str, opened: Callable[[str], h5py.Dataset]) -> NDArray[np.str_] | None:
    """Return a cell array of text (m,), or a matrix with a text in each row, or None for another array.

    opened: function that opens an array after checks. Raises ValueError if a cell holds anything but a line of text.
    """
    array = file[name]
    kind = array.attrs.get(CLASS)
    if kind == b"char":
        return np.char.strip(np.array([_text(row) for row in opened(name)[()].T.reshape(-1, len(array))]))
    if kind != b"cell":
        return None
    cells = [file[reference] for reference in array[()].ravel()]
    if not all(isinstance(cell, h5py.Dataset) and cell.attrs.get(CLASS) == b"char" for cell in cells):
        raise ValueError(f"a cell of {name} is no text")
    return np.char.strip(np.array([_text(opened(cell.name)[()].ravel()) for cell in cells]))


def _text(letters: NDArray[Any]) -> str:
    if len(letters) > MOST_LETTERS or letters.dtype != np.uint16:
        raise ValueError("a text that isn't one line")
    return letters.astype("<u2").tobytes().decode("utf-16-le")
