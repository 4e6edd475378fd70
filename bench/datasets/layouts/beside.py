"""Files of labels beside files of examples, by their names: y_train.npy beside X_train.npy, a_y.npy beside a.npy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

LABELS = ("labels", "label", "targets", "target", "y")

SUFFIXES = (".npy", ".csv", ".txt", ".tsv", ".npz", ".h5", ".parquet", ".labels")
"""Suffixes of files of labels, after that of the examples."""

NAMES = {
    r"(?<![a-zA-Z])X(?![a-zA-Z])": ("y", "Y", *LABELS),
    r"(?<=[a-z])X(?![a-zA-Z])": ("Y", "y"),
    r"(?<![a-zA-Z])x(?![a-zA-Z])": LABELS[::-1],
    r"(?<![a-zA-Z])(data|images|features)(?![a-zA-Z])": LABELS,
}
"""Words for the labels by patterns of words for the examples."""


def labels_beside(path: Path) -> Path | None:
    """Return the file with the usual name of the labels beside a file of examples, or None."""
    return next((one for one in _names(path) if one != path and one.is_file()), None)


def told(labels: Path) -> str:
    """Return the words that say which file was taken for the labels."""
    return f"labels: those of {labels}; others: --label FILE"


def _names(path: Path) -> Iterator[Path]:
    for word in LABELS:
        for suffix in dict.fromkeys((path.suffix, "", *SUFFIXES)):
            yield from (path.with_name(f"{path.stem}{joint}{word}{suffix}") for joint in "._-")
    for pattern, words in NAMES.items():
        for word in words:
            name = re.sub(pattern, word, path.name)
            if name != path.name:
                same = path.with_name(name.replace("idx3", "idx1"))  # MNIST counts the axes
                yield same
                yield same.with_suffix("") if same.suffix == ".gz" else same.with_name(f"{same.name}.gz")
                yield from (same.with_suffix(suffix) for suffix in SUFFIXES if same.suffix)
