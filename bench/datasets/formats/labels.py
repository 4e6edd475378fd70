"""Conversion of labels of any kind to 0 and 1, without guessing."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.dataset import ReadOptions
from gradrace.bench.results import UnusableInput

MOST_NAMED, FEW = 10, 3
"""Maximum number of classes that a message names, and of numbers that are no classes."""

LEAST_DIFFERENT = 20
"""Number of labels from which on they are no classes if all differ, such as numbers of the examples."""

NUMBER = re.compile(r"[+-]?(\d+([.]\d*)?|[.]\d+)([eE][+-]?\d+)?")


def classes_of(
    path: Path, y: NDArray[Any], how: ReadOptions, called: Mapping[str, str] | None = None
) -> tuple[NDArray[np.int64], tuple[str, str]]:
    """Return `binary` of an array from a file: one label for each example, or one-hot labels.

    Raises UnusableInput if it is another array.
    """
    y = _from_one_hot(np.squeeze(y))
    if y.ndim != 1:
        raise UnusableInput(f"{path}: the labels are of shape {y.shape}; give one label per example")
    if len(y) >= LEAST_DIFFERENT and how.positive is None and _all_differ(y):
        raise UnusableInput(f"{path}: all {len(y)} labels differ, so they are no classes; name others with --label")
    return binary(path, y, how.positive, called)


def _all_differ(y: NDArray[Any]) -> bool:
    """Return whether no label occurs twice. Without counts, NumPy's function imports numpy.ma, which takes 13 ms."""
    return bool(np.unique(y, return_counts=True)[1].max() == 1)


def classes_apart(how: ReadOptions) -> tuple[NDArray[np.int64], tuple[str, str]]:
    """Return `classes_of` the labels that were read from a file of their own."""
    assert how.labels is not None
    return classes_of(how.labels.path, how.labels.values, how)


def _from_one_hot(y: NDArray[Any]) -> NDArray[Any]:
    """Return the places of the ones in an array (m, classes) or (classes, m) of zeros with a single 1 each.

    Return any other array unchanged.
    """
    if y.ndim == 2 and y.size and y.dtype.kind in "biuf" and np.isin(y, (0, 1)).all():
        for axis in (1, 0):
            if (y.sum(axis=axis) == 1).all():
                return np.asarray(y.argmax(axis=axis))
    return y


def binary(
    where: Path | str, labels: NDArray[Any], positive: str | None, called: Mapping[str, str] | None = None
) -> tuple[NDArray[np.int64], tuple[str, str]]:
    """Return the labels as 0 and 1, (m,), and the names of both classes, from numbers or text (m,).

    0 and 1 stay unchanged. Of two other values, the one that sorts last becomes 1. `positive` overrides this choice,
    and is required if there are more than two classes. `called` has other names of classes, by their labels.
    Raises UnusableInput if a label is missing, if there is only one class, if `positive` is unknown, or if it is
    required but None.
    """
    if labels.dtype.kind == "f" and (missing := np.flatnonzero(np.isnan(labels))).size:
        raise UnusableInput(f"{where}: the label of example {missing[0] + 1} is missing; fill it, or drop the example")
    found, codes = np.unique(labels, return_inverse=True)
    written = [_name(value) for value in found]
    names = [(called or {}).get(name, name) for name in written]
    if len(names) < 2:
        raise UnusableInput(f"{where}: all labels are {''.join(names) or 'absent'}; a classifier needs two classes")
    if positive is None:
        check_are_classes(where, names)
    shown = ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")
    if positive is not None and positive not in (*names, *written):
        raise UnusableInput(f"{where}: no class {positive!r}; the classes are {shown}")
    if positive is None and len(names) > 2:
        told = f"go on with --positive {shlex.quote(names[0])}, for this class against all others, or name another one"
        raise UnusableInput(f"{where}: {len(names)} classes ({shown}); {told}")
    place = 1 if positive is None else [*names, *written].index(positive) % len(names)
    others = names[1 - place] if len(names) == 2 else f"not {names[place]}"
    return (codes == place).astype(np.int64), (others, names[place])


def check_are_classes(where: Path | str, names: Sequence[str], remedy: str = "make two classes of them") -> None:
    """Raise UnusableInput if the values of labels are many numbers with fractions, as those of a regression are."""
    numbers = [float(name) for name in names if NUMBER.fullmatch(name)]
    if len(names) > MOST_NAMED and len(numbers) == len(names) and not all(map(float.is_integer, numbers)):
        shown = ", ".join(names[:FEW])
        told = f"the labels are {len(names)} different numbers ({shown}, …)"
        raise UnusableInput(f"{where}: {told}; name another column or array with --label; {remedy}")


def _name(value: Any) -> str:
    """Return the name of a class: True for True, 1 for 1.0, decoded text for bytes."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)
