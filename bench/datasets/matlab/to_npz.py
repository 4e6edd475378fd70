"""Program that saves the arrays of a MATLAB file before version 7.3 as an .npz: `python -m ... OLD NEW`."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
from numpy.lib import format as npy_format
from scipy import io, sparse

from gradrace.bench.datasets.formats.checks import check_fits
from gradrace.bench.datasets.matlab import REFUSED
from gradrace.bench.results import UnusableInput


def arrays_of(path: str, found: dict[str, Any], group: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the names and values of arrays, those in structs as `struct/name`. Values of other kinds are left out.

    Raises UnusableInput if the numbers of a sparse array don't fit the memory.
    """
    for name, value in found.items():
        if isinstance(value, dict):
            yield from arrays_of(path, value, f"{group}{name}/")
        elif sparse.issparse(value):
            check_fits(path, f"the numbers of {name}", prod(value.shape) * value.dtype.itemsize)
            yield group + name, value.toarray()
        elif isinstance(value, np.ndarray) and value.dtype.kind == "O":
            kinds = {type(one) for one in value.flat}
            if kinds == {str}:  # a cell array of text
                yield group + name, np.char.strip(value.astype(np.str_))
            elif kinds and kinds <= {int, float}:
                yield group + name, value.astype(np.float64)
        elif isinstance(value, np.ndarray) and value.dtype.names is None:
            text = np.char.strip(value) if value.dtype.kind == "U" else value
            yield group + name, text.reshape(-1, 1) if value.ndim == 1 else text  # of one feature, too


def save(old: str, new: str) -> None:
    """Save the arrays of a file. Raises UnusableInput if it holds none, or if they don't fit the memory."""
    found = io.loadmat(old, simplify_cells=True)
    found = {name: found[name] for name in found if not name.startswith("__")}
    while len(found) == 1 and isinstance(only := next(iter(found.values())), dict):
        found = only
    names = list[str]()
    with zipfile.ZipFile(new, "w") as archive:  # `savez` has parameters such as `file`, which arrays are called, too
        for name, array in arrays_of(old, found):
            names.append(name)
            with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
                npy_format.write_array(stream, array, allow_pickle=False)
    if not names:
        told = f"holds no arrays of numbers or text, but {', '.join(found) or 'nothing'}"
        raise UnusableInput(f"{old}: {told}; in MATLAB, save matrices X and y")


if __name__ == "__main__":
    try:
        save(*sys.argv[1:])
    except MemoryError:
        print(f"{sys.argv[1]}: its arrays, without compression, exceed the memory; use fewer examples", file=sys.stderr)
        sys.exit(REFUSED)
    except UnusableInput as refusal:
        print(refusal, file=sys.stderr)
        sys.exit(REFUSED)
