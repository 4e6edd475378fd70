"""Program that saves the arrays of a MATLAB file before version 7.3 as an .npz: `python -m ... OLD NEW`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import io, sparse


def arrays_of(found: dict[str, Any], group: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the names and values of arrays, those in structs as `struct/name`. Values of other kinds are left out."""
    for name, value in found.items():
        if isinstance(value, dict):
            yield from arrays_of(value, f"{group}{name}/")
        elif sparse.issparse(value):
            yield group + name, value.toarray()
        elif isinstance(value, np.ndarray) and value.dtype.kind == "O":
            if value.size and all(isinstance(text, str) for text in value.flat):  # a cell array of text
                yield group + name, np.char.strip(value.astype(np.str_))
        elif isinstance(value, np.ndarray) and value.dtype.names is None:
            text = np.char.strip(value) if value.dtype.kind == "U" else value
            yield group + name, text.reshape(-1, 1) if value.ndim == 1 else text  # of one feature, too


if __name__ == "__main__":
    found = io.loadmat(sys.argv[1], simplify_cells=True)
    found = {name: found[name] for name in found if not name.startswith("__")}
    while len(found) == 1 and isinstance(only := next(iter(found.values())), dict):
        found = only
    np.savez(sys.argv[2], **dict(arrays_of(found)))
