"""Files of MATLAB, of all versions: arrays, structs, cell arrays of text. All made here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from scipy import sparse
from scipy.io import savemat

from gradrace.bench.datasets.formats.dataset import ReadOptions, Wanted
from gradrace.bench.datasets.read import read, read_features
from gradrace.bench.results import UnusableInput
from tests.bench.datasets.sources import followed, refusal

M = 12
RNG = np.random.default_rng(0)
FLOATS = RNG.normal(size=(M, 5))
IMAGES = RNG.integers(0, 256, (M, 6, 4, 3), dtype=np.uint8)
Y = np.arange(M) % 2
WORDS = [("ape", "lion")[y] for y in Y]
CELLS = np.array(WORDS, dtype=object)[:, np.newaxis]


def put(file: h5py.File, name: str, array: Any, kind: str) -> None:
    """Write an array as MATLAB 7.3 does, with its axes reversed."""
    file[name] = np.asarray(array).T
    file[name].attrs["MATLAB_class"] = np.bytes_(kind)


def letters(words: list[str]) -> np.ndarray:
    return np.array([[*map(ord, word.ljust(4))] for word in words], np.uint16)


def cells(file: h5py.File, name: str, words: list[str]) -> None:
    references = np.empty((1, len(words)), h5py.ref_dtype)
    for place, word in enumerate(words):
        put(file, f"#refs#/{place}", letters([word])[:, : len(word)], "char")
        references[0, place] = file[f"#refs#/{place}"].ref
    file[name] = references
    file[name].attrs["MATLAB_class"] = np.bytes_("cell")


def write(path: Path, version: str, X: Any, labels: str, at: str = "") -> str:
    """Write X and labels of a kind as a version of MATLAB does. at: struct that holds them, or ""."""
    if version != "7.3":
        y = {"numbers": Y[:, np.newaxis].astype(float), "cells": CELLS, "letters": np.array(WORDS)}[labels]
        savemat(path, {at: {"X": X, "y": y}} if at else {"X": X, "y": y}, format=version)
        return str(path)
    group = f"{at}/" if at else ""
    with h5py.File(path, "w", userblock_size=512) as file:
        put(file, f"{group}X", X, "uint8" if X.dtype == np.uint8 else "double")
        if labels == "cells":
            cells(file, f"{group}y", WORDS)
        elif labels == "letters":
            put(file, f"{group}y", letters(WORDS), "char")
        else:
            put(file, f"{group}y", Y[:, np.newaxis], "double")
    with path.open("r+b") as stream:
        stream.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64")
    return str(path)


@pytest.mark.parametrize("version", ["4", "5", "7.3"])
@pytest.mark.parametrize("labels", ["numbers", "cells", "letters"])
@pytest.mark.parametrize("at", ["", "data"])
def test_each_version_is_read(tmp_path: Path, version: str, labels: str, at: str) -> None:
    if version == "4" and (labels == "cells" or at):
        pytest.skip("MATLAB 4 had none")
    path = write(tmp_path / "it's a.mat", version, FLOATS, labels, at)
    dataset = read(path, ReadOptions(guesses=True))
    np.testing.assert_array_equal(dataset.X, FLOATS.T)
    np.testing.assert_array_equal(dataset.labels, Y)
    assert dataset.classes == (("0", "1") if labels == "numbers" else ("ape", "lion"))
    np.testing.assert_array_equal(next(read_features(path, Wanted(5))).X, FLOATS.T)


@pytest.mark.parametrize("version", ["5", "7.3"])
@pytest.mark.parametrize("X", [IMAGES, np.moveaxis(IMAGES, 0, -1)], ids=["first", "last axis"])
def test_images_are_read(tmp_path: Path, version: str, X: np.ndarray) -> None:
    dataset = read(write(tmp_path / "a.mat", version, X, "numbers"))
    assert dataset.X.dtype == np.uint8
    np.testing.assert_array_equal(dataset.X, IMAGES.reshape(M, -1).T)


def test_parts_and_sparse_matrices_in_a_struct_are_read(tmp_path: Path) -> None:
    parts = {"train": {"X": sparse.csc_matrix(FLOATS), "y": Y}, "test": {"X": FLOATS[:4], "y": Y[:4]}}
    savemat(tmp_path / "a.mat", {"s": parts})
    assert (read(str(tmp_path / "a.mat")).m, read(str(tmp_path / "a.mat"), ReadOptions(part="test")).m) == (M, 4)


def test_labels_may_lie_in_a_file_of_their_own(tmp_path: Path) -> None:
    savemat(tmp_path / "X.mat", {"X": FLOATS})
    savemat(tmp_path / "y.mat", {"y": Y})
    dataset = read(str(tmp_path / "X.mat"), ReadOptions(guesses=True))
    np.testing.assert_array_equal(dataset.labels, Y)


@pytest.mark.parametrize("name", ["data", "dataset", "X"])
@pytest.mark.parametrize("version", ["4", "5"])
def test_the_command_splits_an_only_matrix(tmp_path: Path, name: str, version: Any) -> None:
    savemat(tmp_path / "it's.mat", {name: np.column_stack([FLOATS, Y])}, format=version)
    told = refusal(tmp_path / "it's.mat", ReadOptions())
    assert "if its last column holds the labels, go on with" in told
    dataset = followed(told, tmp_path, ReadOptions())
    np.testing.assert_array_equal(dataset.X.T, FLOATS)
    np.testing.assert_array_equal(dataset.labels, Y)


@pytest.mark.parametrize("size", [64, 130, 200, 1000])
def test_a_damaged_file_is_refused(tmp_path: Path, size: int) -> None:
    path = Path(write(tmp_path / "a.mat", "5", FLOATS, "cells"))
    path.write_bytes(path.read_bytes()[:size])
    assert refusal(path, None).startswith(("not a whole MATLAB file", "holds "))


def test_classes_of_matlab_that_are_no_arrays_are_named(tmp_path: Path) -> None:
    path = Path(write(tmp_path / "a.mat", "7.3", FLOATS, "numbers"))
    with h5py.File(path, "r+") as file:
        file["y"].attrs["MATLAB_class"] = np.bytes_("string")
    with pytest.raises(
        UnusableInput, match=r"y is of MATLAB's class string, which isn't read; in MATLAB, convert it by"
    ):
        read(str(path))


def test_a_cell_that_holds_no_text_is_named(tmp_path: Path) -> None:
    path = Path(write(tmp_path / "a.mat", "7.3", FLOATS, "cells"))
    with h5py.File(path, "r+") as file:
        file["#refs#/3"].attrs["MATLAB_class"] = np.bytes_("double")
    with pytest.raises(UnusableInput, match="a cell of y is no text"):
        read(str(path))


def test_an_array_may_be_called_as_a_parameter_of_numpy(tmp_path: Path) -> None:
    savemat(tmp_path / "d.mat", {"X": np.eye(4), "y": [0, 1, 0, 1], "file": [1.0, 2.0]})
    assert read(str(tmp_path / "d.mat"), ReadOptions(examples="rows")).m == 4


def test_numbers_in_cells_are_labels(tmp_path: Path) -> None:
    cells = np.array([0.0, 1.0, 0.0, 1.0, 1.0], dtype=object)
    savemat(tmp_path / "d.mat", {"X": np.ones((5, 2)), "y": cells})
    assert read(str(tmp_path / "d.mat"), ReadOptions()).labels.tolist() == [0, 1, 0, 1, 1]


@pytest.mark.parametrize(
    ("arrays", "told"),
    [
        ({"X": sparse.csc_matrix((10**6, 10**6)), "y": [0.0, 1.0]}, "need about 8000.0 GB"),
        ({"s": np.zeros(3, [("a", float)])}, "holds no arrays of numbers or text, but s"),
    ],
)
def test_a_whole_file_is_not_called_damaged(tmp_path: Path, arrays: dict[str, Any], told: str) -> None:
    savemat(tmp_path / "d.mat", arrays)
    with pytest.raises(UnusableInput, match=told):
        read(str(tmp_path / "d.mat"), ReadOptions())


def test_a_module_in_the_users_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    savemat("d.mat", {"X": np.ones((5, 2)), "y": [0, 1, 0, 1, 1]})
    Path("scipy.py").write_text("raise SystemExit('the module of the folder')")
    assert read("d.mat", ReadOptions()).m == 5
