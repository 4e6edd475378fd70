"""NumPy's .npz: an archive of .npy files, among them X and y. Pickles are never read."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from gradrace.bench.datasets.formats.checks import NUMBERS, TEXT, refusing
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.formats.npy import dataset_of, features_of, read_array
from gradrace.bench.results import UnusableInput

FEATURES = ("X", "x", "data", "images")
LABELS = ("y", "Y", "labels", "target")


def read(path: Path, how: ReadOptions) -> Dataset:
    """Return X and y of an .npz. Raises UnusableInput if it is damaged, or holds anything else."""
    X, y = read_arrays(path, FEATURES, (how.label,) if how.label else LABELS)
    return dataset_of(path, X, y, how)


def read_features(path: Path, wanted: Wanted) -> NDArray[Any]:
    """Return X alone, (n_x, m).

    Raises UnusableInput as `read` does, and if neither dimension of X is n_x, or both are.
    """
    return features_of(path, read_arrays(path, FEATURES)[0], wanted)


def read_arrays(path: Path, *wanted: tuple[str, ...]) -> list[NDArray[Any]]:
    """Return one array of an .npz for each set of names: the only member whose name is in the set.

    X must hold numbers; other arrays may hold text.
    Raises UnusableInput if a member is missing, ambiguous or damaged.
    """
    with refusing(path, "a whole .npz file", "save it again"), zipfile.ZipFile(path) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist()]
        found = [(one_of(path, names, usual), NUMBERS if usual is FEATURES else NUMBERS + TEXT) for usual in wanted]
        return [_member(path, archive, name, kinds) for name, kinds in found]


def one_of(path: Path, names: list[str], usual: tuple[str, ...]) -> str:
    """Return the one of the usual names that is among `names`. Raises UnusableInput if none is, or several are."""
    found = [name for name in usual if name in names]
    if len(found) != 1:
        wanted, has = " or ".join(usual), ", ".join(names[:10]) or "nothing"
        raise UnusableInput(f"{path}: needs {'only one of ' if found else ''}{wanted}, holds {has}")
    return found[0]


def _member(path: Path, archive: zipfile.ZipFile, name: str, kinds: str) -> NDArray[Any]:
    with archive.open(f"{name}.npy") as stream:
        return read_array(path, name, stream, kinds)
