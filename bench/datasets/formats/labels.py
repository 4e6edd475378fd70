"""Conversion of labels of any kind to 0 and 1, without guessing."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.classes import NUMBER, are_classes, doubt, most_frequent, one_of
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions
from gradrace.bench.datasets.layouts.commands import free, python, word
from gradrace.bench.results import UnusableInput
from gradrace.bench.text import few

MOST_NUMBERS, SHOWN = 10, 3
"""Number of classes above which numbers with fractions are none, and of those that a message then names."""

LEAST_DIFFERENT = 20
"""Number of labels from which on they are no classes if all differ, such as numbers of the examples."""


CERTAIN = ({"no", "yes"}, {"false", "true"})
"""Names of two classes, of which the one that sorts last certainly counts as 1."""


class Labelled(NamedTuple):
    """Labels as 0 and 1.

    Attributes:
        labels: (m,), each 0 or 1.
        classes: names of the classes 0 and 1.
        kinds: names of all classes.
        readings: words that say which class was chosen as 1.
    """

    labels: NDArray[np.int64]
    classes: tuple[str, str]
    kinds: tuple[str, ...]
    readings: tuple[str, ...] = ()

    def dataset(self, X: NDArray[Any], **others: Any) -> Dataset:
        """Return the dataset of X (n_x, m) with these labels. others: further fields of `Dataset`."""
        return Dataset(X, self.labels, self.classes, kinds=self.kinds, readings=self.readings, **others)


def classes_of(path: Path, y: NDArray[Any], how: ReadOptions, called: Mapping[str, str] | None = None) -> Labelled:
    """Return `binary` of an array from a file: one label for each example, or one-hot labels.

    Raises UnusableInput if it is another array.
    """
    y = _from_one_hot(np.squeeze(y))
    if y.ndim != 1:
        raise UnusableInput(f"{path}: the labels are of shape {y.shape}; give one label per example")
    if len(y) >= LEAST_DIFFERENT and how.positive is None and _all_differ(y):
        raise UnusableInput(f"{path}: all {len(y)} labels differ, so they are no classes; name others with --label")
    return binary(path, y, how, called)


def _all_differ(y: NDArray[Any]) -> bool:
    """Return whether no label occurs twice. Without counts, NumPy's function imports numpy.ma, which takes 13 ms."""
    return bool(np.unique(y, return_counts=True)[1].max() == 1)


def classes_apart(how: ReadOptions) -> Labelled:
    """Return `classes_of` the labels that were read from a file of their own."""
    assert how.labels is not None
    return classes_of(how.labels.path, how.labels.values, how)


def codes_apart(how: ReadOptions) -> NDArray[np.float64]:
    """Return one number for each class, (m,), of the labels that were read from a file of their own.

    Of an array that holds no labels, they are more or fewer.
    """
    assert how.labels is not None
    labels = np.ravel(_from_one_hot(np.squeeze(how.labels.values)))
    return np.unique(labels, return_inverse=True)[1].astype(np.float64)


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
    where: Path | str,
    labels: NDArray[Any],
    how: ReadOptions,
    called: Mapping[str, str] | None = None,
    *,
    named: bool = False,
    counts: NDArray[np.int64] | None = None,
) -> Labelled:
    """Return the labels as 0 and 1, (m,), from numbers or text (m,), with the names of the classes.

    0 and 1 stay unchanged. Of two other values, the one that sorts last becomes 1. `how.positive` overrides this
    choice, and is required if there are more than two classes, unless `how.decides` and they are certainly classes:
    then the most frequent one becomes 1. In test data, it may be absent.

    Args:
        where: source of the labels, for messages.
        labels: the labels.
        how: options for reading the source.
        called: other names of classes, by their labels.
        named: whether the labels are known to be names of classes.
        counts: number of examples for each label, (m,), if that isn't 1.

    Raises:
        UnusableInput: if a label is missing, if there is only one class, if `how.positive` is unknown, or if it is
            required but None.
    """
    if labels.dtype.kind == "f" and (missing := np.flatnonzero(np.isnan(labels))).size:
        raise UnusableInput(f"{where}: the label of example {missing[0] + 1} is missing; fill it, or drop the example")
    found, codes, many = np.unique(labels, return_inverse=True, return_counts=True)
    if counts is not None:
        many = np.bincount(codes, counts, len(found)).astype(np.int64)
    written, positive, readings = [name_of(value) for value in found], how.positive, tuple[str, ...]()
    names = [(called or {}).get(name, name) for name in written]
    if len(names) < 2:
        raise UnusableInput(f"{where}: all labels are {''.join(names) or 'absent'}; a classifier needs two classes")
    if how.decides and len(names) > 2 and are_classes(names, many, named=named or bool(called)):
        positive, told = most_frequent(names, many)
        readings = (told,)
    if positive is None:
        _check_are_two(where, names)
        if how.decides and labels.dtype.kind == "U" and {*map(str.lower, names)} not in CERTAIN:
            readings = (f"{names[1]!r} counts as 1: it sorts last; another: --positive {shlex.quote(names[0])}",)
    elif positive not in (*names, *written):
        if how.part == "train":
            raise UnusableInput(f"{where}: no class {positive!r}; the classes are {few(names)}")
        return Labelled(np.zeros(len(labels), np.int64), (f"not {positive}", positive), tuple(names))
    place = 1 if positive is None else [*names, *written].index(positive) % len(names)
    others = names[1 - place] if len(names) == 2 else f"not {names[place]}"
    return Labelled((codes == place).astype(np.int64), (others, names[place]), tuple(names), readings)


def _check_are_two(where: Path | str, names: Sequence[str]) -> None:
    """Raise UnusableInput if there are more than two classes, with the option that names one of them."""
    check_are_classes(where, names)
    if len(names) > 2:
        told = f"go on with {one_of(names)}, for this class against all others, or name another one"
        told += ", or correct them first" if doubt(names) else ""
        raise UnusableInput(f"{where}: {len(names)} classes ({few(names)}){doubt(names)}; {told}")


def undecided(labels: NDArray[Any], how: ReadOptions) -> list[str]:
    """Return the names of several classes if `how.positive` has to be one of them, otherwise []."""
    found, counts = np.unique(labels, return_counts=True)
    names = [name_of(value) for value in found]
    asks = len(names) > 2 and how.positive is None and not (how.decides and are_classes(names, counts))
    return names if asks else []


def check_are_classes(where: Path | str, names: Sequence[str], remedy: str = "") -> None:
    """Raise UnusableInput if the values of labels are many numbers with fractions, as those of a regression are.

    remedy: words with the command that makes two classes of them, or "" for that of a file of labels alone.
    """
    numbers = [float(name) for name in names if NUMBER.fullmatch(name)]
    if len(names) > MOST_NUMBERS and len(numbers) == len(names) and not all(map(float.is_integer, numbers)):
        shown = ", ".join(names[:SHOWN])
        told = f"the labels are {len(names)} different numbers ({shown}, …)"
        raise UnusableInput(
            f"{where}: {told}; name another column or array with --label; {remedy or _two_classes(where)}"
        )


def _two_classes(where: Path | str) -> str:
    """Return the words with the command that makes two classes of the numbers in an .npy."""
    if Path(where).suffix.lower() != ".npy":
        return "make two classes of them"
    new = free(Path(where).with_name(f"{Path(where).stem}-classes.npy"))
    made = f"import numpy; y = numpy.load({str(where)!r}); numpy.save({new!r}, (y > numpy.median(y)).astype(int))"
    told = f"--label {word(new)} after {python(made)}"
    return f"for two classes, above their median and below, go on with {told}"


def name_of(value: Any) -> str:
    """Return the name of a class: True for True, 1 for 1.0, decoded text for bytes."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)
