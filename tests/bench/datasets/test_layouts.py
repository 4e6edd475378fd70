"""Arrays under other names and with other axes than the course's, from HDF5, .npz, .npy and Zarr."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.formats.stored import is_stored
from gradrace.bench.datasets.read import read, read_features
from gradrace.bench.results import UnusableInput
from tests.bench.datasets.test_datasets import write_hdf5, write_npz

RNG = np.random.default_rng(3)
M = 7
Y = np.array([0, 1, 1, 0, 1, 0, 0])
IMAGES = RNG.integers(0, 256, (M, 6, 5, 3), dtype=np.uint8)
FLOATS = RNG.normal(size=(M, 4))
KINDS = "npz", "h5", "npy", "zarr"
ON_DISK = 1.0
"""Memory of a byte: X stays on disk."""


def write(folder: Path, kind: str, X: NDArray[np.generic], y: NDArray[np.generic] = Y) -> tuple[Path, ReadOptions]:
    """Write X and y in one of the kinds of files; return its path and the options to read it."""
    path = folder / f"a.{kind}"
    if kind == "npy":
        np.save(path, X)
        np.save(folder / "y.npy", y)
        return path, ReadOptions(label=str(folder / "y.npy"))
    if kind == "zarr":
        group = pytest.importorskip("zarr").open_group(path, mode="w")
        group.create_array("X", data=X)
        group.create_array("y", data=y)
        return path, ReadOptions()
    return (write_npz if kind == "npz" else write_hdf5)(path, X=X, y=y), ReadOptions()


def holds(dataset: Dataset, images: NDArray[np.uint8]) -> None:
    """Assert that a dataset has these images (m, height, width, channels) and the labels Y."""
    assert (dataset.m, dataset.n_x, dataset.shape) == (len(images), images[0].size, images.shape[1:])
    np.testing.assert_array_equal(dataset.labels, Y)
    np.testing.assert_array_equal(np.asarray(dataset.X[:, : dataset.m]), images.reshape(len(images), -1).T)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_channels_may_come_first(tmp_path: Path, kind: str, channels: int) -> None:
    images = RNG.integers(0, 256, (M, 6, 5, channels), dtype=np.uint8)
    path, how = write(tmp_path, kind, images.transpose(0, 3, 1, 2).copy())
    holds(read(str(path), how), images)


@pytest.mark.parametrize("kind", ["h5", "npy", "zarr"])
def test_channels_may_come_first_on_disk(tmp_path: Path, kind: str) -> None:
    path, how = write(tmp_path, kind, IMAGES.transpose(0, 3, 1, 2).copy())
    dataset = read(str(path), ReadOptions(label=how.label, memory_bytes=ON_DISK))
    assert is_stored(dataset.X)
    holds(dataset, IMAGES)


@pytest.mark.parametrize("kind", KINDS)
def test_images_without_channels_are_grey(tmp_path: Path, kind: str) -> None:
    path, how = write(tmp_path, kind, IMAGES[..., 0])
    holds(read(str(path), how), IMAGES[..., :1])


@pytest.mark.parametrize("kind", KINDS)
def test_other_numbers_of_channels_are_refused(tmp_path: Path, kind: str) -> None:
    path, how = write(tmp_path, kind, np.zeros((M, 8, 9, 10)))
    with pytest.raises(UnusableInput, match=r"without 1, 3 or 4 channels; reshape it to \(7, 720\)"):
        read(str(path), how)
    path, how = write(tmp_path, kind.replace("zarr", "npz"), np.zeros((M, 720)))
    assert read(str(path), how).n_x == 720


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_model_classifies_has_its_channels_last_too(tmp_path: Path, kind: str) -> None:
    path, _ = write(tmp_path, kind, IMAGES.transpose(0, 3, 1, 2).copy())
    (found,) = read_features(str(path), Wanted(90, (6, 5, 3)))
    np.testing.assert_array_equal(found.X, IMAGES.reshape(M, -1).T)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("y", [Y[np.newaxis], Y[:, np.newaxis], Y.astype(np.float32)], ids=["row", "column", "float"])
def test_labels_may_be_a_row_or_a_column(tmp_path: Path, kind: str, y: NDArray[np.generic]) -> None:
    path, how = write(tmp_path, kind, IMAGES, y)
    dataset = read(str(path), how)
    holds(dataset, IMAGES)
    assert dataset.classes == ("0", "1")


@pytest.mark.parametrize("kind", ["npz", "h5", "npy"])
def test_classes_are_called_as_the_file_calls_them(tmp_path: Path, kind: str) -> None:
    for y, classes in (
        (Y == 1, ("False", "True")),
        (np.where(Y, b"spam", b"ham"), ("ham", "spam")),
        (Y * 2 - 1.0, ("-1", "1")),
    ):
        path, how = write(tmp_path, kind, FLOATS, y)
        dataset = read(str(path), how)
        assert dataset.classes == classes
        np.testing.assert_array_equal(dataset.labels, Y)
        turned = read(str(path), ReadOptions(label=how.label, positive=classes[0]))
        assert turned.classes == classes[::-1]
        np.testing.assert_array_equal(turned.labels, 1 - Y)


@pytest.mark.parametrize("kind", ["npz", "h5", "npy"])
@pytest.mark.parametrize("words", [[0, 1, 2], [b"ant", b"bee", b"cow"], [3.0, 4.0, 7.5]])
def test_one_of_several_classes_counts_as_1(tmp_path: Path, kind: str, words: list) -> None:
    y = np.array(words)[[0, 1, 2, 1, 0, 2, 1]]
    path, how = write(tmp_path, kind, FLOATS, y)
    names = [word.decode() if isinstance(word, bytes) else f"{word:g}" for word in words]
    with pytest.raises(UnusableInput, match=rf"3 classes \({', '.join(names)}\); go on with --positive {names[0]}, or"):
        read(str(path), how)
    dataset = read(str(path), ReadOptions(label=how.label, positive=names[1]))
    np.testing.assert_array_equal(dataset.labels, [0, 1, 0, 1, 0, 0, 1])
    assert dataset.classes == (f"not {names[1]}", names[1])


def test_list_classes_names_them(tmp_path: Path) -> None:
    y = np.array([0, 1, 2, 1, 0, 2, 1])
    named = write_hdf5(tmp_path / "a.h5", train_set_x=IMAGES, train_set_y=y, list_classes=np.array([b"A", b"B", b"C"]))
    with pytest.raises(UnusableInput, match=r"3 classes \(A, B, C\)"):
        read(str(named))
    for positive in ("C", "2"):
        dataset = read(str(named), ReadOptions(positive=positive))
        assert dataset.classes == ("not C", "C")
        np.testing.assert_array_equal(dataset.labels, y == 2)
    two = write_hdf5(tmp_path / "b.h5", train_set_x=IMAGES, train_set_y=Y, list_classes=np.array([b"non-cat", b"cat"]))
    turned = read(str(two), ReadOptions(positive="non-cat"))
    assert turned.classes == ("cat", "non-cat")
    np.testing.assert_array_equal(turned.labels, 1 - Y)


def test_a_test_set_may_hold_one_class(tmp_path: Path) -> None:
    path = write_hdf5(tmp_path / "a.h5", test_set_x=IMAGES, test_set_y=np.ones(M), list_classes=np.array([b"a", b"b"]))
    dataset = read(str(path), ReadOptions(part="test"))
    assert dataset.classes == ("a", "b")
    assert dataset.labels.all()


@pytest.mark.parametrize("kind", ["npz", "h5"])
@pytest.mark.parametrize(
    "names",
    ["X y", "x labels", "data labels", "data target", "images labels", "X_train y_train", "x_train y_train",
     "train_x train_y", "train_images train_labels", "trainX trainY", "train_set_x train_set_y", "X_train Y_train"],
)  # fmt: skip
def test_usual_names_are_known(tmp_path: Path, kind: str, names: str) -> None:
    X, y = names.split()
    path = (write_npz if kind == "npz" else write_hdf5)(tmp_path / f"a.{kind}", **{X: FLOATS, y: Y})
    dataset = read(str(path))
    assert (dataset.m, dataset.n_x, dataset.shape, dataset.notes) == (M, 4, (), ())
    np.testing.assert_array_equal(dataset.X, FLOATS.T)
    np.testing.assert_array_equal(dataset.labels, Y)


@pytest.mark.parametrize("kind", ["npz", "h5"])
@pytest.mark.parametrize("names", ["x_{} y_{}", "X_{} y_{}", "{}_images {}_labels"])
def test_a_file_may_hold_both_parts(tmp_path: Path, kind: str, names: str) -> None:
    arrays = {}
    for part, m in (("train", M), ("test", 5)):
        X, y = names.format(part, part).split()
        arrays |= {X: IMAGES[:m, ..., 0], y: Y[:m]}
    path = (write_npz if kind == "npz" else write_hdf5)(tmp_path / f"a.{kind}", **arrays)
    train, test = read(str(path)), read(str(path), ReadOptions(part="test"))
    assert (train.m, test.m, train.shape, test.shape) == (M, 5, (6, 5, 1), (6, 5, 1))
    assert train.notes[0].endswith(f"--test-data {path} tests with the latter")
    assert test.notes == ()
    (found,) = read_features(str(path), Wanted(30))
    assert found.X.shape == (30, 5)


@pytest.mark.parametrize("kind", ["npz", "h5"])
def test_labels_of_any_name_are_named(tmp_path: Path, kind: str) -> None:
    path = (write_npz if kind == "npz" else write_hdf5)(tmp_path / f"a.{kind}", X=FLOATS, kind=Y)
    with pytest.raises(UnusableInput, match="no labels beside X; name them with --label: it holds"):
        read(str(path))
    assert read(str(path), ReadOptions(label="kind")).m == M
    with pytest.raises(UnusableInput, match="no array is called 'sort'; it holds"):
        read(str(path), ReadOptions(label="sort"))


def test_features_of_hdf5_may_be_columns(tmp_path: Path) -> None:
    path = write_hdf5(tmp_path / "a.h5", X=FLOATS.T, y=Y)
    np.testing.assert_array_equal(read(str(path)).X, FLOATS.T)
    with pytest.raises(UnusableInput, match="examples aren't its rows; save X transposed"):
        read(str(path), ReadOptions(memory_bytes=ON_DISK))
    with h5py.File(path, "w") as file:
        file["X"], file["y"] = FLOATS, Y
    assert is_stored(read(str(path), ReadOptions(memory_bytes=ON_DISK)).X)


@pytest.mark.parametrize(
    ("X", "y"),
    [("train/X", "train/y"), ("x/train", "y/train"), ("a/train/data", "a/train/target"), ("set/images", "set/labels")],
)
def test_arrays_may_lie_in_groups(tmp_path: Path, X: str, y: str) -> None:
    other = {name.replace("train", "test"): array[:2] for name, array in ((X, FLOATS), (y, Y)) if "train" in name}
    path = write_hdf5(tmp_path / "a.h5", **{X: FLOATS, y: Y, **other})
    dataset = read(str(path))
    np.testing.assert_array_equal(dataset.X, FLOATS.T)
    np.testing.assert_array_equal(dataset.labels, Y)
    assert len(dataset.notes) == bool(other)
    on_disk = read(str(path), ReadOptions(memory_bytes=ON_DISK))
    np.testing.assert_array_equal(on_disk.X[:, :M], FLOATS.T)
    tested = next(read_features(str(path), Wanted(4))).X
    np.testing.assert_array_equal(tested, (FLOATS[:2] if other else FLOATS).T)


def test_two_groups_are_not_chosen_between(tmp_path: Path) -> None:
    path = write_hdf5(tmp_path / "a.h5", **{"one/X": FLOATS, "one/y": Y, "two/X": FLOATS, "two/y": Y})
    with pytest.raises(UnusableInput, match="one/X and two/X may both be the examples"):
        read(str(path))


@pytest.mark.parametrize("word", ["val", "valid", "validation", "dev"])
def test_validation_examples_are_for_tests_if_there_are_no_others(tmp_path: Path, word: str) -> None:
    arrays = {"X_train": FLOATS, "y_train": Y, f"X_{word}": -FLOATS[:3], f"y_{word}": Y[:3]}
    path = write_npz(tmp_path / "a.npz", **arrays)
    assert read(str(path)).notes == (f"{path} holds X_train and X_{word}; --test-data {path} tests with the latter",)
    test = read(str(path), ReadOptions(part="test"))
    np.testing.assert_array_equal(test.X, -FLOATS[:3].T)
    path = write_npz(tmp_path / "b.npz", **arrays, X_test=2 * FLOATS, y_test=Y)
    np.testing.assert_array_equal(read(str(path), ReadOptions(part="test")).X, 2 * FLOATS.T)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["uint8", "float32", "bool"])
@pytest.mark.parametrize("columns", [False, True])
def test_labels_may_be_one_hot(tmp_path: Path, kind: str, dtype: str, columns: bool) -> None:
    hot = np.eye(2)[Y].astype(dtype)
    path, how = write(tmp_path, kind, FLOATS, hot.T.copy() if columns else hot)
    np.testing.assert_array_equal(read(str(path), how).labels, Y)


def test_several_labels_an_example_are_refused(tmp_path: Path) -> None:
    path, how = write(tmp_path, "npz", FLOATS, np.ones((M, 2)))
    with pytest.raises(UnusableInput, match=r"the labels are of shape \(7, 2\); give one label per example"):
        read(str(path), how)


def test_the_only_other_array_holds_the_examples(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, FLOATS, Y)
    with pytest.raises(UnusableInput, match=r"holds arr_0, arr_1; go on with --label arr_1, or name the other"):
        read(str(path))
    np.testing.assert_array_equal(read(str(path), ReadOptions(label="arr_1")).X, FLOATS.T)


@pytest.mark.parametrize(
    ("X", "y"), [("X.npy", "y.npy"), ("X_train.npy", "y_train.npy"), ("train-images.npy", "train-labels.npy")]
)
def test_labels_beside_an_array_are_named(tmp_path: Path, X: str, y: str) -> None:
    np.save(tmp_path / X, FLOATS)
    with pytest.raises(UnusableInput, match=r"has no labels; name the file"):
        read(str(tmp_path / X))
    np.save(tmp_path / y, Y)
    with pytest.raises(UnusableInput, match=rf"has no labels; go on with --label {tmp_path / y}, or name"):
        read(str(tmp_path / X))
