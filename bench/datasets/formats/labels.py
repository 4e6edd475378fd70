"""Labels of any kind made into 0 and 1; never by a guess."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.results import UnusableInput

MOST_NAMED = 10
"""Classes that a message names."""


def binary(where: str, labels: NDArray[Any], positive: str | None) -> tuple[NDArray[np.int64], tuple[str, str]]:
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
    if positive is not None:
        return _against_the_rest(where, codes, names, positive)
    if len(names) > 2:
        shown = ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")
        raise UnusableInput(f"{where}: {len(names)} classes ({shown}); name the one that counts as 1 with --positive")
    return codes.astype(np.int64), (names[0], names[1])


def _against_the_rest(
    where: str, codes: NDArray[Any], names: list[str], positive: str
) -> tuple[NDArray[np.int64], tuple[str, str]]:
    if positive not in names:
        shown = ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")
        raise UnusableInput(f"{where}: no class {positive!r}; the classes are {shown}")
    place = names.index(positive)
    others = f"not {positive}" if len(names) > 2 else names[1 - place]
    return (codes == place).astype(np.int64), (others, positive)


def _name(value: Any) -> str:
    """As a reader would write it: 1 for 1.0 and True, text for bytes."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, (bool, np.bool_, int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)
