"""Labels of any kind made into 0 and 1; never by a guess."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.dataset import ReadOptions
from gradrace.bench.results import UnusableInput

MOST_NAMED = 10
"""Classes that a message names."""


def classes_of(path: Path, y: NDArray[Any], how: ReadOptions) -> tuple[NDArray[np.int64], tuple[str, str]]:
    """`binary` of an array in a file. Raises UnusableInput if it isn't one label an example."""
    y = np.squeeze(y)
    if y.ndim != 1:
        raise UnusableInput(f"{path}: the labels are of shape {y.shape}; give one label an example")
    return binary(path, y, how.positive)


def binary(where: Path | str, labels: NDArray[Any], positive: str | None) -> tuple[NDArray[np.int64], tuple[str, str]]:
    """(m,) of 0 and 1, and the names of both classes, from (m,) of numbers or text.

    0 and 1 stay what they are; of two other values the one that sorts last is 1. Of more, `positive` names the 1.
    Raises UnusableInput if a label is missing, if there is only one class, or several and none is named.
    """
    if labels.dtype.kind == "f" and (missing := np.flatnonzero(np.isnan(labels))).size:
        raise UnusableInput(f"{where}: the label of example {missing[0]} is missing; fill it, or drop the example")
    found, codes = np.unique(labels, return_inverse=True)
    names = [_name(value) for value in found]
    if len(names) < 2:
        raise UnusableInput(f"{where}: all labels are {''.join(names) or 'absent'}; a classifier needs two classes")
    shown = ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")
    if positive is not None and positive not in names:
        raise UnusableInput(f"{where}: no class {positive!r}; the classes are {shown}")
    if positive is None and len(names) > 2:
        raise UnusableInput(f"{where}: {len(names)} classes ({shown}); name the one that counts as 1 with --positive")
    place = 1 if positive is None else names.index(positive)
    others = names[1 - place] if len(names) == 2 else f"not {positive}"
    return (codes == place).astype(np.int64), (others, names[place])


def _name(value: Any) -> str:
    """As a reader would write it: 1 for 1.0 and True, text for bytes."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, (bool, np.bool_, int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)
