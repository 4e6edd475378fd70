"""Labels in a file of their own: an array or a table beside any file of examples."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest

from gradrace.bench.datasets.formats.dataset import ReadOptions
from gradrace.bench.datasets.formats.stored import is_stored
from gradrace.bench.datasets.read import read
from gradrace.bench.results import UnusableInput
from gradrace.bench.training.data import Request, TrainingData
from gradrace.bench.training.descent import Schedule
from tests.bench.datasets.sources import GUESSES

M = 40
RNG = np.random.default_rng(0)
X = RNG.normal(size=(M, 3))
Y = np.arange(M) * 7 % 3 % 2
COLUMN = "".join(f"{y}\n" for y in Y)


def hdf5(path: Path, name: str, array: np.ndarray) -> None:
    with h5py.File(path, "w") as file:
        file[name] = array


FRAME = pd.DataFrame(X, columns=["a", "b", "c"])
EXAMPLES: dict[str, Callable[[Path], object]] = {
    "X.npy": lambda path: np.save(path, X),
    "X.npz": lambda path: np.savez(path, X=X),
    "X.h5": lambda path: hdf5(path, "X", X),
    "X.csv": lambda path: pd.DataFrame(X, columns=["a", "b", "c"]).to_csv(path, index=False),
    "X.txt": lambda path: np.savetxt(path, X),
    "X.parquet": FRAME.to_parquet,
    "X.feather": FRAME.to_feather,
    "X.json": lambda path: path.write_text(json.dumps(FRAME.to_dict("records"))),
}

LABELS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "array": ("y.npy", lambda path: np.save(path, Y)),
    "archive": ("y.npz", lambda path: np.savez(path, y=Y)),
    "HDF5": ("y.h5", lambda path: hdf5(path, "y", Y)),
    "Parquet": ("y.parquet", lambda path: pd.DataFrame({"ill": Y}).to_parquet(path)),
    "lines": ("y.txt", lambda path: path.write_text(COLUMN)),
    "named column": ("labels.csv", lambda path: path.write_text("ill\n" + COLUMN)),
    "pandas' column 0": ("y.csv", lambda path: pd.Series(Y).to_csv(path, index=False)),
    "pandas' index": ("y.csv", lambda path: pd.Series(Y).to_csv(path)),
    "numbered": (
        "y.csv",
        lambda path: path.write_text("id,kind\n" + "".join(f"{i + 1},{y}\n" for i, y in enumerate(Y))),
    ),
    "numbered without names": ("y.csv", lambda path: pd.Series(Y).to_csv(path, header=False)),
    "words": ("y.csv", lambda path: path.write_text("".join(f"{'no' if y == 0 else 'yes'}\n" for y in Y))),
    "numbers of NumPy": ("y.txt", lambda path: np.savetxt(path, Y)),
}


@pytest.mark.parametrize(
    ("x", "kind"),
    sorted({*product(EXAMPLES, ("array", "named column")), *product(("X.npy", "X.csv"), LABELS)}),
)
def test_labels_are_found_beside_the_examples_or_named(tmp_path: Path, x: str, kind: str) -> None:
    y, write = LABELS[kind]
    EXAMPLES[x](tmp_path / x)
    write(tmp_path / y)
    found, named = (
        read(str(tmp_path / x), GUESSES),
        read(str(tmp_path / x), ReadOptions(label=str(tmp_path / y), guesses=True)),
    )
    assert f"labels: those of {tmp_path / y}; others: --label FILE" in found.readings
    for dataset in (found, named):
        np.testing.assert_allclose(dataset.X, X.T, rtol=1e-15)
        np.testing.assert_array_equal(dataset.labels, Y)
        assert dataset.labels_apart
    with pytest.raises(UnusableInput, match=rf"has no labels; go on with --label {tmp_path / y}, or"):
        read(str(tmp_path / x))


@pytest.mark.parametrize("orient", ["records", "columns", "split"])
def test_labels_in_json_lie_beside_examples_in_json(tmp_path: Path, orient: Any) -> None:
    EXAMPLES["X.json"](tmp_path / "X.json")
    pd.DataFrame({"ill": Y}).to_json(tmp_path / "y.json", orient=orient)
    np.testing.assert_array_equal(read(str(tmp_path / "X.json"), GUESSES).labels, Y)


def test_a_table_in_memory_with_other_columns_holds_no_labels_alone(tmp_path: Path) -> None:
    FRAME.to_parquet(tmp_path / "X.parquet")
    FRAME.to_parquet(tmp_path / "y.parquet")
    with pytest.raises(UnusableInput, match=r"y.parquet: holds more than labels; the columns are 'a', 'b', 'c'; save"):
        read(str(tmp_path / "X.parquet"), GUESSES)


@pytest.mark.parametrize("x", EXAMPLES)
def test_another_number_of_labels_is_refused(tmp_path: Path, x: str) -> None:
    EXAMPLES[x](tmp_path / x)
    (tmp_path / "y.csv").write_text("0\n" + COLUMN + "1\n")
    with pytest.raises(UnusableInput, match=r"42 labels.*; give one label per example"):
        read(str(tmp_path / x), GUESSES)


@pytest.mark.parametrize("order", [range(M)[::-1], range(7, M + 7)])
def test_labels_in_another_order_are_refused(tmp_path: Path, order: range) -> None:
    EXAMPLES["X.npy"](tmp_path / "X.npy")
    pd.Series(Y, order).to_csv(tmp_path / "y.csv")
    with pytest.raises(UnusableInput, match="holds more than labels; the columns are '', '0'; if its lines are in the"):
        read(str(tmp_path / "X.npy"), GUESSES)


def test_a_label_that_is_missing_is_named(tmp_path: Path) -> None:
    EXAMPLES["X.npy"](tmp_path / "X.npy")
    (tmp_path / "y.csv").write_text("n,y\n" + "".join(f"{i},{'' if i == 5 else y}\n" for i, y in enumerate(Y)))
    with pytest.raises(UnusableInput, match=r"y.csv: label 6 is missing; add it, or drop the example"):
        read(str(tmp_path / "X.npy"), GUESSES)


def test_a_table_with_labels_of_its_own_needs_no_file(tmp_path: Path) -> None:
    pd.DataFrame(X).assign(target=Y).to_csv(tmp_path / "data.csv", index=False)
    (tmp_path / "labels.csv").write_text("0,healthy\n1,ill\n")
    dataset = read(str(tmp_path / "data.csv"), GUESSES)
    assert (dataset.label, dataset.labels_apart) == ("target", False)


def test_labels_of_mnist_may_be_packed_alone(tmp_path: Path) -> None:
    pixels = np.arange(M * 4, dtype=np.uint8)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(struct.pack(">4I", 0x803, M, 2, 2) + pixels.tobytes())
    labels = struct.pack(">2I", 0x801, M) + Y.astype(np.uint8).tobytes()
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))
    np.testing.assert_array_equal(read(str(tmp_path / "train-images-idx3-ubyte"), GUESSES).labels, Y)


@pytest.mark.parametrize("x", ["X.npy", "X.h5", "X.parquet"])
def test_labels_in_a_table_serve_an_x_on_disk(tmp_path: Path, x: str) -> None:
    if x == "X.parquet":
        FRAME.to_parquet(tmp_path / x, row_group_size=1)
    else:
        EXAMPLES[x](tmp_path / x)
    (tmp_path / "y.txt").write_text(COLUMN)
    dataset = read(str(tmp_path / x), ReadOptions(guesses=True, memory_bytes=M * 3))
    assert is_stored(dataset.X)
    np.testing.assert_array_equal(dataset.X[:, :M], X.T)
    np.testing.assert_array_equal(dataset.labels, Y)


def test_files_that_hold_their_labels_take_no_others(tmp_path: Path) -> None:
    (tmp_path / "a.svm").write_text("1 1:2\n0 1:3\n")
    (tmp_path / "y.csv").write_text(COLUMN)
    with pytest.raises(UnusableInput, match="leave it out"):
        read(str(tmp_path / "a.svm"), ReadOptions(label=str(tmp_path / "y.csv")))


def test_labels_of_the_test_data_are_found_beside_them_and_told(tmp_path: Path) -> None:
    for part in ("train", "test"):
        EXAMPLES["X.csv"](tmp_path / f"X_{part}.csv")
        (tmp_path / f"y_{part}.txt").write_text(COLUMN)
    request = Request(
        source=str(tmp_path / "X_train.csv"),
        test_source=str(tmp_path / "X_test.csv"),
        schedule=Schedule(alpha=0.01, iterations=2),
    )
    data = TrainingData(request)
    assert data.test_set is not None
    np.testing.assert_array_equal(data.test_set.labels, Y)
    assert [note.partition(";")[0] for note in data.begun.notes] == [
        f"labels: those of {tmp_path / f'y_{part}.txt'}" for part in ("train", "test")
    ]
    (tmp_path / "y_test.txt").unlink()
    with pytest.raises(UnusableInput, match=r"X_test.csv has no labels; name their file with --test-label"):
        TrainingData(request)
