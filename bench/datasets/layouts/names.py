"""Choice of the arrays with the examples and the labels by their names, among all arrays of a file."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, TypeAlias

from gradrace.bench.datasets.layouts.commands import free, go_on, python, word
from gradrace.bench.datasets.layouts.features import letters_of
from gradrace.bench.datasets.layouts.kinds import format_of
from gradrace.bench.datasets.layouts.shapes import Shape, examples_for, is_list, labels_for, pairs
from gradrace.bench.results import UnusableInput
from gradrace.bench.text import few

Part: TypeAlias = Literal["train", "test"]


class Named(Protocol):
    """Options of `formats.dataset.ReadOptions` that choose arrays."""

    @property
    def part(self) -> Part:
        """Return the part to read."""

    @property
    def label(self) -> str | None:
        """Return the array of labels, or None."""

    @property
    def guesses(self) -> bool:
        """Return whether arrays may be chosen by their shapes."""


EXAMPLES = ("x", "data", "images", "features")
LABELS = ("y", "labels", "label", "target", "targets")
"""Usual names of arrays, without regard to case and punctuation. With `train` or `test`, they name one part."""

WHOLE = ""
PARTS = {"train": "training|train|tr", "test": "testing|test|te", "val": "validation|valid|val|dev"}
"""Spellings of the parts of a data set in names of arrays, longer ones first. `WHOLE` stands for names without one."""

TESTS = ("test", "val")
"""Parts to test with, in the order of preference."""

LOADED = {
    "npz": "import numpy; rows = numpy.load({old!r})[{name!r}]",
    "mat5": "import numpy, scipy.io; rows = scipy.io.loadmat({old!r})[{name!r}]",
}
"""Programs that load an array, by the module that reads its file."""

MOST_SHOWN = 10
"""Maximum number of arrays that a message names."""


class Chosen(NamedTuple):
    """Names of the arrays with the examples and their labels, and remarks on them.

    Attributes:
        X: array with the examples.
        y: array with the labels.
        notes: remarks on arrays that weren't chosen.
        readings: remark that the arrays were chosen by their shapes.
    """

    X: str
    y: str
    notes: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Return the array of labels if it was chosen by its shape, otherwise ""."""
        return self.y if self.readings else ""


def chosen(path: Path, shapes: Mapping[str, Shape], how: Named) -> Chosen:
    """Return the arrays of a part, or the only arrays if the file has no parts. `how.label` names the labels.

    shapes: shapes of all arrays by their names. If names don't tell, two arrays are chosen whose shapes do, and other
    labels where there is a single other array, if `how.guesses`.
    Raises UnusableInput if examples or labels are missing, or if several arrays could be either.
    """
    names, part, label = [*shapes], how.part, how.label
    _check_not_sparse(path, names)
    if label is not None and label not in names:
        raise UnusableInput(f"{path}: no array is called {label!r}; it holds {_shown(names)}")
    if label is None and how.guesses and (only := _only_pair(shapes, part)):
        told = f"examples: array {only[0]!r}, labels: array {only[1]!r}; others: --label NAME"
        return Chosen(*only, readings=(told,))
    X = _examples(path, shapes, part, label)
    if label is not None:
        return Chosen(X, label, _notes(path, names, part, X))
    own, whole = (_named(names, LABELS, word) for word in (_word(X, EXAMPLES), WHOLE))
    found = own or whole
    if len(found) > 1:
        told = f"{_may_be(found)} labels"
        raise UnusableInput(f"{path}: {told}; name them with --label: it holds {_shown(names)}")
    if not found:
        raise _without_labels(path, shapes, X)
    return Chosen(X, found[0], _notes(path, names, part, X))


def _only_pair(shapes: Mapping[str, Shape], part: Part) -> tuple[str, str] | None:
    """Return the examples and the labels of a file with two arrays, if their shapes tell and their names don't."""
    found = pairs(shapes) if len(shapes) == 2 else []
    if len(found) != 1:
        return None
    X, y = found[0]
    if len(shapes[X]) == 2 and shapes[X][0] != max(shapes[y]):
        return None  # the means of the features have such a shape, too
    usual = _word(X, EXAMPLES) in (part, WHOLE) and _word(y, LABELS) in (part, WHOLE)
    swapped = _word(X, LABELS) is not None or _word(y, EXAMPLES) is not None
    other = {_word(X, EXAMPLES), _word(y, LABELS)} - {None, part, WHOLE}
    return None if usual or swapped or other else (X, y)


def _without_labels(path: Path, shapes: Mapping[str, Shape], X: str) -> UnusableInput:
    """Return the refusal of a file without labels of a usual name, with an array that may be the labels."""
    told, likely = f"no labels beside {X}", labels_for(shapes[X], {name: shapes[name] for name in shapes if name != X})
    if not likely and len(shapes) == 1:
        step = _last_column(path, *shapes.items()) or "save them as y in the same file"
        return UnusableInput(f"{path}: {told}; {step}, or name their file with --label")
    step = f"go on with --label {shlex.quote(likely[0])}, or name others" if likely else "name them with --label"
    return UnusableInput(f"{path}: {told}; {step}: it holds {_shown([*shapes])}")


def _last_column(path: Path, only: tuple[str, Shape]) -> str:
    """Return the words with the command for an only array whose last column holds the labels, if it may have one."""
    name, shape = only
    loaded = LOADED.get(format_of(path) or "", "")
    if not loaded or len(shape) != 2 or is_list(shape):
        return ""
    new = free(path.with_name(f"{path.stem}-parts.npz"))
    made = f"{loaded.format(old=str(path), name=name)}; numpy.savez({new!r}, X=rows[:, :-1], y=rows[:, -1])"
    return f"if its last column holds the labels, {go_on(new, made)}"


def to_classify(path: Path, shapes: Mapping[str, Shape], part: Part | None = None) -> str:
    """Return the array with the examples to classify: the test part, the only one, or else the training part.

    Without a usual name, it is the only array that isn't a list. part: part to take instead.
    Raises UnusableInput if there is none, or if several arrays could be it.
    """
    names = [*shapes]
    _check_not_sparse(path, names)
    usual = [name for name in names if _word(name, EXAMPLES) is not None]
    tables = [name for name, shape in shapes.items() if len(shape) > 1 and not is_list(shape)]
    if not usual and len(tables) == 1:
        return tables[0]
    likely: Part = "test" if any(_named(names, EXAMPLES, word) for word in TESTS) else "train"
    return _examples(path, shapes, part or likely)


def _check_not_sparse(path: Path, names: Sequence[str]) -> None:
    """Raise UnusableInput if a file is a sparse matrix of SciPy, with the command that saves all its numbers."""
    if {"indices", "indptr", "format"} <= {*names}:
        dense = free(path.with_name(f"{path.stem}-dense.npz"))
        made = f"import numpy, scipy.sparse; numpy.savez({dense!r}, X=scipy.sparse.load_npz({str(path)!r}).toarray())"
        raise UnusableInput(
            f"{path}: is a sparse matrix of SciPy; go on with --data {word(dense)} and the labels' file as "
            f"--label after {python(made)}"
        )


def only_labels(path: Path, names: Sequence[str], part: Part) -> str:
    """Return the array with the labels of a file without examples. Raises UnusableInput if several could be it."""
    found = next((found for word in (part, WHOLE) if (found := _named([*names], LABELS, word))), [*names])
    if len(found) != 1:
        raise UnusableInput(f"{path}: holds {_shown([*names])}, so which are the labels isn't known; save them as y")
    return found[0]


def _examples(path: Path, shapes: Mapping[str, Shape], part: Part, label: str | None = None) -> str:
    """Return the array with the examples of a part.

    With a label, the only other array is it under any name, and so is the only one whose shape fits the labels.
    """
    names = [*shapes]
    order = ("train", WHOLE) if part == "train" else (*TESTS, WHOLE)
    found = next((found for word in order if (found := _named(names, EXAMPLES, word))), [])
    if len(found) > 1:
        raise UnusableInput(f"{path}: {_may_be(found)} the examples; keep one of them in the file")
    if found:
        return found[0]
    other: Part = "train" if part == "test" else "test"
    if _named(names, EXAMPLES, other):
        raise UnusableInput(f"{path}: has {other} examples, but no {part} examples; were the two files swapped?")
    others = {name: shape for name, shape in shapes.items() if name != label}
    if label is not None:
        fitting = [*others] if len(others) == 1 else examples_for(shapes[label], others)
        if len(fitting) == 1:
            return fitting[0]
    of_pairs = [y for _, y in pairs(shapes)]
    likely = [y for y in of_pairs if of_pairs.count(y) == 1]
    if len(names) == 2:
        told = f"go on with --label {shlex.quote((likely or names[1:])[0])}, or name the other if that holds the labels"
        raise UnusableInput(f"{path}: holds {_shown(names)}; {told}")
    if likely and label is None:
        told = f"go on with --label {shlex.quote(likely[0])}, or name others"
        raise UnusableInput(f"{path}: holds {_shown(names)}, so which are the labels isn't known; {told}")
    if len(names) == 1 and (step := _last_column(path, *shapes.items())):
        raise UnusableInput(f"{path}: holds {names[0]} alone; {step}")
    raise UnusableInput(
        f"{path}: holds {_shown(names)}, so which are the examples isn't known; save them as X and their labels as y"
    )


def _notes(path: Path, names: list[str], part: Part, X: str) -> tuple[str, ...]:
    """Return the remark that a file with training examples holds test or validation examples, too."""
    tests = [name for word in TESTS for name in _named(names, EXAMPLES, word)]
    if part == "test" or not tests:
        return ()
    return (f"{path} holds {X} and {tests[0]}; --test-data {path} tests with {tests[0]}",)


def _named(names: list[str], usual: tuple[str, ...], word: str | None) -> list[str]:
    """Return the arrays with one of these usual names that are of a part: "train", "test", "val" or `WHOLE`."""
    return [name for name in names if _word(name, usual) == word]


def _word(name: str, usual: tuple[str, ...]) -> str | None:
    """Return the part of a usual name, `WHOLE` if it names none, or None of any other name.

    X_train, x_train, train_x, train_set_x, trainX, train_images, train/X, x/train, ... are of the training part.
    """
    letters = letters_of(name)
    if letters in usual or ("/" in name and letters_of(name.rpartition("/")[2]) in usual and not _part(letters, usual)):
        return WHOLE
    return _part(letters, usual)


def _part(letters: str, usual: tuple[str, ...]) -> str | None:
    for part, spelling in PARTS.items():
        found = re.fullmatch(rf"(?:{spelling})(?:set)?(.+)|(.+?)(?:{spelling})(?:set)?", letters)
        if found and (found[1] or found[2]) in usual:
            return part
    return None


def _may_be(names: list[str]) -> str:
    """Return the words that each of these arrays may be something."""
    return f"{' and '.join(names)} may both be" if len(names) == 2 else f"{_shown(names)} may each be"


def _shown(names: list[str]) -> str:
    return few(names, MOST_SHOWN) or "nothing"
