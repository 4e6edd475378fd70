"""Choice of the arrays with the examples and the labels by their names, among all arrays of a file."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from gradrace.bench.results import UnusableInput

Part: TypeAlias = Literal["train", "test"]

EXAMPLES = ("x", "data", "images", "features")
LABELS = ("y", "labels", "label", "target", "targets")
"""Usual names of arrays, without regard to case and punctuation. With `train` or `test`, they name one part."""

WHOLE = ""
PARTS = {"train": "train|training", "test": "test|testing", "val": "val|valid|validation|dev"}
"""Spellings of the parts of a data set in names of arrays. `WHOLE` stands for names without a part."""

TESTS = ("test", "val")
"""Parts to test with, in the order of preference."""

MOST_SHOWN = 10
"""Maximum number of arrays that a message names."""


class Chosen(NamedTuple):
    """Names of the arrays with the examples and their labels, and remarks on arrays that weren't chosen."""

    X: str
    y: str
    notes: tuple[str, ...] = ()


def chosen(path: Path, names: Iterable[str], part: Part, label: str | None) -> Chosen:
    """Return the arrays of a part, or the only arrays if the file has no parts. `label` names the labels.

    Raises UnusableInput if examples or labels are missing, or if several arrays could be either.
    """
    names = [*names]
    X = _examples(path, names, part, label)
    if label is not None:
        if label not in names:
            raise UnusableInput(f"{path}: no array is called {label!r}; it holds {_shown(names)}")
        return Chosen(X, label, _notes(path, names, part, X))
    own, whole = (_named(names, LABELS, word) for word in (_word(X, EXAMPLES), WHOLE))
    found = own or whole
    if len(found) != 1:
        told = f"{' and '.join(found)} may both be labels" if found else f"no labels beside {X}"
        raise UnusableInput(f"{path}: {told}; name them with --label: it holds {_shown(names)}")
    return Chosen(X, found[0], _notes(path, names, part, X))


def to_classify(path: Path, names: Iterable[str]) -> str:
    """Return the array with the examples to classify: the test part, the only one, or else the training part.

    Raises UnusableInput if there is none, or if several arrays could be it.
    """
    names = [*names]
    return _examples(path, names, "test" if any(_named(names, EXAMPLES, word) for word in TESTS) else "train")


def _examples(path: Path, names: list[str], part: Part, label: str | None = None) -> str:
    """Return the array with the examples of a part. With a label, the only other array is it under any name."""
    order = ("train", WHOLE) if part == "train" else (*TESTS, WHOLE)
    found = next((found for word in order if (found := _named(names, EXAMPLES, word))), [])
    if len(found) > 1:
        raise UnusableInput(f"{path}: {' and '.join(found)} may both be the examples; keep one of them in the file")
    if found:
        return found[0]
    other: Part = "train" if part == "test" else "test"
    if _named(names, EXAMPLES, other):
        raise UnusableInput(f"{path}: has {other} examples, but no {part} examples; were the two files swapped?")
    others = [name for name in names if name != label]
    if label in names and len(others) == 1:
        return others[0]
    if len(names) == 2:
        told = f"go on with --label {shlex.quote(names[1])}, or name the other if that holds the labels"
        raise UnusableInput(f"{path}: holds {_shown(names)}; {told}")
    raise UnusableInput(
        f"{path}: holds {_shown(names)}, so which are the examples isn't known; save them as X and their labels as y"
    )


def _notes(path: Path, names: list[str], part: Part, X: str) -> tuple[str, ...]:
    """Return the remark that a file with training examples holds test or validation examples, too."""
    tests = [name for word in TESTS for name in _named(names, EXAMPLES, word)]
    if part == "test" or not tests:
        return ()
    return (f"{path} holds {X} and {tests[0]}; --test-data {path} tests with the latter",)


def _named(names: list[str], usual: tuple[str, ...], word: str | None) -> list[str]:
    """Return the arrays with one of these usual names that are of a part: "train", "test", "val" or `WHOLE`."""
    return [name for name in names if _word(name, usual) == word]


def _word(name: str, usual: tuple[str, ...]) -> str | None:
    """Return the part of a usual name, `WHOLE` if it names none, or None of any other name.

    X_train, x_train, train_x, train_set_x, trainX, train_images, train/X, x/train, ... are of the training part.
    """
    letters = _letters(name)
    if letters in usual or ("/" in name and _letters(name.rpartition("/")[2]) in usual and not _part(letters, usual)):
        return WHOLE
    return _part(letters, usual)


def _part(letters: str, usual: tuple[str, ...]) -> str | None:
    for word, spelling in PARTS.items():
        found = re.fullmatch(rf"(?:{spelling})(?:set)?(.+)|(.+?)(?:{spelling})(?:set)?", letters)
        if found and (found[1] or found[2]) in usual:
            return word
    return None


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())


def _shown(names: list[str]) -> str:
    return (", ".join(names[:MOST_SHOWN]) + (", …" if len(names) > MOST_SHOWN else "")) or "nothing"
