"""Choice of the arrays with the examples and the labels by their names, among all arrays of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from gradrace.bench.results import UnusableInput

Part: TypeAlias = Literal["train", "test"]

EXAMPLES = ("x", "data", "images", "features")
LABELS = ("y", "labels", "label", "target", "targets")
"""Usual names of arrays, without regard to case and punctuation. With `train` or `test`, they name one part."""

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
    X = _examples(path, names, part)
    if label is not None:
        if label not in names:
            raise UnusableInput(f"{path}: no array is called {label!r}; it holds {_shown(names)}")
        return Chosen(X, label, _notes(path, names, part, X))
    found = _named(names, LABELS, part) if _of_part(X, EXAMPLES, part) else _whole(names, LABELS)
    if len(found) != 1:
        told = f"{' and '.join(found)} may both be labels" if found else f"no labels beside {X}"
        raise UnusableInput(f"{path}: {told}; name them with --label: it holds {_shown(names)}")
    return Chosen(X, found[0], _notes(path, names, part, X))


def to_classify(path: Path, names: Iterable[str]) -> str:
    """Return the array with the examples to classify: the test part, the only one, or else the training part.

    Raises UnusableInput if there is none, or if several arrays could be it.
    """
    names = [*names]
    return _examples(path, names, "test" if _named(names, EXAMPLES, "test") else "train")


def _examples(path: Path, names: list[str], part: Part) -> str:
    found = _named(names, EXAMPLES, part)
    if len(found) > 1:
        raise UnusableInput(f"{path}: {' and '.join(found)} may both be the examples; keep one of them in the file")
    if found:
        return found[0]
    other: Part = "train" if part == "test" else "test"
    if _named(names, EXAMPLES, other):
        raise UnusableInput(f"{path}: has {other} examples, but no {part} examples; were the two files swapped?")
    raise UnusableInput(
        f"{path}: holds {_shown(names)}, so which are the examples isn't known; save them as X and their labels as y"
    )


def _notes(path: Path, names: list[str], part: Part, X: str) -> tuple[str, ...]:
    """Return the remark that a file with training examples holds test examples, too."""
    tests = [name for name in names if _of_part(name, EXAMPLES, "test")]
    if part == "test" or not tests:
        return ()
    return (f"{path} holds {X} and {tests[0]}; --test-data {path} tests with the latter",)


def _named(names: list[str], usual: tuple[str, ...], part: Part) -> list[str]:
    """Return the arrays of a part with one of these usual names, or those without a part if it has none."""
    return [name for name in names if _of_part(name, usual, part)] or _whole(names, usual)


def _whole(names: list[str], usual: tuple[str, ...]) -> list[str]:
    return [name for name in names if _letters(name) in usual]


def _of_part(name: str, usual: tuple[str, ...], part: Part) -> bool:
    """Return whether a name is that of a part: X_train, x_train, train_x, train_set_x, trainX, train_images, ..."""
    found = re.fullmatch(rf"{part}(?:set)?(.+)|(.+?){part}(?:set)?", _letters(name))
    return found is not None and (found[1] or found[2]) in usual


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())


def _shown(names: list[str]) -> str:
    return (", ".join(names[:MOST_SHOWN]) + (", …" if len(names) > MOST_SHOWN else "")) or "nothing"
