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
from tests.bench.datasets.sources import save_arrays

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
    return save_arrays(path, X=X, y=y), ReadOptions()


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
    advice = f"go on with --positive {names[0]}, for this class against all others, or name another one"
    with pytest.raises(UnusableInput, match=rf"3 classes \({', '.join(names)}\); {advice}$"):
        read(str(path), how)
    dataset = read(str(path), ReadOptions(label=how.label, positive=names[1]))
    np.testing.assert_array_equal(dataset.labels, [0, 1, 0, 1, 0, 0, 1])
    assert dataset.classes == (f"not {names[1]}", names[1])


def test_list_classes_names_them(tmp_path: Path) -> None:
    y = np.array([0, 1, 2, 1, 0, 2, 1])
    named = save_arrays(tmp_path / "a.h5", train_set_x=IMAGES, train_set_y=y, list_classes=np.array([b"A", b"B", b"C"]))
    with pytest.raises(UnusableInput, match=r"3 classes \(A, B, C\)"):
        read(str(named))
    for positive in ("C", "2"):
        dataset = read(str(named), ReadOptions(positive=positive))
        assert dataset.classes == ("not C", "C")
        np.testing.assert_array_equal(dataset.labels, y == 2)
    two = save_arrays(tmp_path / "b.h5", train_set_x=IMAGES, train_set_y=Y, list_classes=np.array([b"non-cat", b"cat"]))
    turned = read(str(two), ReadOptions(positive="non-cat"))
    assert turned.classes == ("cat", "non-cat")
    np.testing.assert_array_equal(turned.labels, 1 - Y)


def test_a_test_set_may_hold_one_class(tmp_path: Path) -> None:
    path = save_arrays(tmp_path / "a.h5", test_set_x=IMAGES, test_set_y=np.ones(M), list_classes=np.array([b"a", b"b"]))
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
    path = save_arrays(tmp_path / f"a.{kind}", **{X: FLOATS, y: Y})
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
    path = save_arrays(tmp_path / f"a.{kind}", **arrays)
    train, test = read(str(path)), read(str(path), ReadOptions(part="test"))
    assert (train.m, test.m, train.shape, test.shape) == (M, 5, (6, 5, 1), (6, 5, 1))
    assert train.notes[0].endswith(f"--test-data {path} tests with {names.format('test', '').split()[0]}")
    assert test.notes == ()
    (found,) = read_features(str(path), Wanted(30))
    assert found.X.shape == (30, 5)


@pytest.mark.parametrize("kind", ["npz", "h5"])
def test_labels_of_any_name_are_named(tmp_path: Path, kind: str) -> None:
    path = save_arrays(tmp_path / f"a.{kind}", X=FLOATS, kind=Y)
    with pytest.raises(UnusableInput, match="no labels beside X; go on with --label kind, or name others: it holds"):
        read(str(path))
    assert read(str(path), ReadOptions(label="kind")).m == M
    guessed = read(str(path), ReadOptions(guesses=True))
    np.testing.assert_array_equal(guessed.labels, Y)
    assert (guessed.label, guessed.readings) == (
        "kind",
        ("examples: array 'X', labels: array 'kind'; others: --label NAME",),
    )
    with pytest.raises(UnusableInput, match="no array is called 'sort'; it holds"):
        read(str(path), ReadOptions(label="sort"))


def test_features_of_hdf5_may_be_columns(tmp_path: Path) -> None:
    path = save_arrays(tmp_path / "a.h5", X=FLOATS.T, y=Y)
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
    path = save_arrays(tmp_path / "a.h5", **{X: FLOATS, y: Y, **other})
    dataset = read(str(path))
    np.testing.assert_array_equal(dataset.X, FLOATS.T)
    np.testing.assert_array_equal(dataset.labels, Y)
    assert len(dataset.notes) == bool(other)
    on_disk = read(str(path), ReadOptions(memory_bytes=ON_DISK))
    np.testing.assert_array_equal(on_disk.X[:, :M], FLOATS.T)
    tested = next(read_features(str(path), Wanted(4))).X
    np.testing.assert_array_equal(tested, (FLOATS[:2] if other else FLOATS).T)


def test_two_groups_are_not_chosen_between(tmp_path: Path) -> None:
    path = save_arrays(tmp_path / "a.h5", **{"one/X": FLOATS, "one/y": Y, "two/X": FLOATS, "two/y": Y})
    with pytest.raises(UnusableInput, match="one/X and two/X may both be the examples"):
        read(str(path))


@pytest.mark.parametrize("word", ["val", "valid", "validation", "dev"])
def test_validation_examples_are_for_tests_if_there_are_no_others(tmp_path: Path, word: str) -> None:
    arrays = {"X_train": FLOATS, "y_train": Y, f"X_{word}": -FLOATS[:3], f"y_{word}": Y[:3]}
    path = save_arrays(tmp_path / "a.npz", **arrays)
    assert read(str(path)).notes == (f"{path} holds X_train and X_{word}; --test-data {path} tests with X_{word}",)
    test = read(str(path), ReadOptions(part="test"))
    np.testing.assert_array_equal(test.X, -FLOATS[:3].T)
    path = save_arrays(tmp_path / "b.npz", **arrays, X_test=2 * FLOATS, y_test=Y)
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


@pytest.mark.parametrize("kind", ["npz", "h5", "npy"])
@pytest.mark.parametrize("axes", [(1, 2, 3, 0), (3, 1, 2, 0), (1, 2, 0)], ids=["channels last", "first", "grey"])
def test_examples_of_images_may_be_the_last_axis(tmp_path: Path, kind: str, axes: tuple[int, ...]) -> None:
    """As MATLAB saves images, (height, width, channels, m)."""
    images = IMAGES if len(axes) == 4 else IMAGES[..., :1]
    X = np.ascontiguousarray((images if len(axes) == 4 else images[..., 0]).transpose(axes))
    path, how = write(tmp_path, kind, X)
    dataset = read(str(path), how)
    holds(dataset, images)
    assert dataset.readings == (f"the last axis of X counts the examples, of shape {X.shape}",)
    (found,) = read_features(str(path), Wanted(images[0].size, images.shape[1:]))
    np.testing.assert_array_equal(found.X, images.reshape(M, -1).T)


def test_a_cube_of_images_has_its_examples_first_unless_told(tmp_path: Path) -> None:
    X = RNG.integers(0, 256, (M, 5, M), dtype=np.uint8)
    path = str(save_arrays(tmp_path / "a.npz", X=X, y=Y))
    np.testing.assert_array_equal(read(path).X, X.reshape(M, -1).T)
    columns = read(path, ReadOptions(examples="columns"))
    np.testing.assert_array_equal(columns.X, np.moveaxis(X, -1, 0).reshape(M, -1).T)


@pytest.mark.parametrize("kind", ["h5", "npy"])
def test_images_with_examples_last_do_not_stay_on_disk(tmp_path: Path, kind: str) -> None:
    path, how = write(tmp_path, kind, np.ascontiguousarray(np.moveaxis(IMAGES, 0, -1)))
    with pytest.raises(UnusableInput, match=r"examples are its last axis; save X with examples first"):
        read(str(path), ReadOptions(label=how.label, memory_bytes=ON_DISK))


def test_zarr_says_how_to_write_examples_first(tmp_path: Path) -> None:
    path, how = write(tmp_path, "zarr", np.ascontiguousarray(FLOATS.T))
    with pytest.raises(UnusableInput, match=r"write numpy.moveaxis\(X, -1, 0\) instead"):
        read(str(path), how)


@pytest.mark.parametrize("names", [("arr_0", "arr_1"), ("arr_1", "arr_0"), ("x_train", "t_train"), ("images", "ans")])
def test_two_arrays_are_known_by_their_shapes(tmp_path: Path, names: tuple[str, str]) -> None:
    arrays = dict(sorted({names[0]: FLOATS, names[1]: Y}.items()))
    dataset = read(str(save_arrays(tmp_path / "a.npz", **arrays)), ReadOptions(guesses=True))
    np.testing.assert_array_equal(dataset.labels, Y)
    assert dataset.readings == (f"examples: array {names[0]!r}, labels: array {names[1]!r}; others: --label NAME",)


@pytest.mark.parametrize(
    "arrays",
    [
        *({"y": FLOATS, "a": Y}, {"a": FLOATS, "b": FLOATS}, {"a": Y, "b": Y}, {"x_test": FLOATS, "a": Y}),
        *({"a": FLOATS}, {"a": FLOATS.T, "b": Y}),
    ],
)
def test_arrays_whose_names_or_shapes_contradict_are_not_guessed(
    tmp_path: Path, arrays: dict[str, NDArray[np.generic]]
) -> None:
    with pytest.raises(UnusableInput):
        read(str(save_arrays(tmp_path / "a.npz", **arrays)), ReadOptions(guesses=True))


def test_of_many_arrays_labels_are_named_whose_shape_fits(tmp_path: Path) -> None:
    path = save_arrays(tmp_path / "a.npz", arr_0=FLOATS, arr_1=Y, arr_2=FLOATS[:3], arr_3=Y[:3])
    with pytest.raises(UnusableInput, match=r"which are the labels isn't known; go on with --label arr_1, or name"):
        read(str(path), ReadOptions(guesses=True))
    assert read(str(path), ReadOptions(label="arr_1")).m == M


@pytest.mark.parametrize(
    ("X", "y"),
    [
        ("X.npy", "y.npy"),
        ("trainX.npy", "trainY.npy"),
        ("X_train.npy", "Y_train.npy"),
        ("data.npy", "target.npy"),
        ("train_features.npy", "train_labels.npy"),
        ("big.npy", "big.labels.npy"),
        ("digits.npy", "digits_y.npy"),
        ("digits.v2.npy", "digits.v2-target.npy"),
        ("digits.npy", "digits.labels"),
        ("digits.npy", "digits_labels.txt"),
    ],
)
def test_labels_beside_an_array_are_taken_and_told(tmp_path: Path, X: str, y: str) -> None:
    np.save(tmp_path / X, FLOATS)
    (np.save if y.endswith(".npy") else np.savetxt)(tmp_path / y, Y)
    dataset = read(str(tmp_path / X), ReadOptions(guesses=True))
    np.testing.assert_array_equal(dataset.labels, Y)
    assert dataset.readings == (f"labels: those of {tmp_path / y}; others: --label FILE",)
    with pytest.raises(UnusableInput, match=rf"has no labels; go on with --label {tmp_path / y}, or"):
        read(str(tmp_path / X))


def test_labels_of_hdf5_may_lie_in_a_file_of_their_own(tmp_path: Path) -> None:
    """As the PCam data set has them: split_train_x.h5 with x, and split_train_y.h5 with y of shape (m, 1, 1, 1)."""
    X = save_arrays(tmp_path / "split_train_x.h5", x=IMAGES)
    y = save_arrays(tmp_path / "split_train_y.h5", y=Y.reshape(-1, 1, 1, 1))
    dataset = read(str(X), ReadOptions(guesses=True))
    holds(dataset, IMAGES)
    assert dataset.readings == (f"labels: those of {y}; others: --label FILE",)
    holds(read(str(X), ReadOptions(label=str(y))), IMAGES)
    other = save_arrays(tmp_path / "two.h5", a=Y, b=Y)
    with pytest.raises(UnusableInput, match=r"two.h5: holds a, b, so which are the labels isn't known; save them as y"):
        read(str(X), ReadOptions(label=str(other)))


def test_files_for_other_programs_are_named(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "model.h5", "w") as file:
        file["model_weights/dense/kernel"] = FLOATS
    with h5py.File(tmp_path / "table.h5", "w") as file:
        for key in ("test", "train"):
            file[f"{key}/block0_values"] = FLOATS
            file[key].attrs["pandas_type"] = "frame"
    sparse = save_arrays(
        tmp_path / "a.npz", data=Y, indices=Y, indptr=Y, format=np.array(b"csr"), shape=np.array([2, 2])
    )
    for path, told in (
        (tmp_path / "model.h5", "is a model of Keras, not data; name the file of its training data"),
        (
            tmp_path / "table.h5",
            "is a table of pandas, which isn't read; go on with --data .* after pip install tables && python .*'train'",
        ),
        (
            sparse,
            "is a sparse matrix of SciPy; go on with --data .*a-dense.npz and the labels' file as --label after python",
        ),
    ):
        with pytest.raises(UnusableInput, match=told):
            read(str(path))


@pytest.mark.parametrize("suffix", [".zarr", ""])
def test_zarr_may_have_groups_and_no_suffix(tmp_path: Path, suffix: str) -> None:
    group = pytest.importorskip("zarr").open_group(tmp_path / f"a{suffix}", mode="w")
    for part, count in (("train", M), ("test", M - 2)):
        group.create_group(part).create_array("images", data=IMAGES[:count])
        group[part].create_array("labels", data=Y[:count])
    holds(read(str(tmp_path / f"a{suffix}")), IMAGES)
    assert read(str(tmp_path / f"a{suffix}"), ReadOptions(part="test")).m == M - 2


def test_a_stream_of_arrow_is_read(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"a": FLOATS[:, 0], "y": Y})
    with pa.ipc.new_stream(tmp_path / "a.arrow", table.schema) as stream:
        stream.write_table(table)
    np.testing.assert_array_equal(read(str(tmp_path / "a.arrow"), ReadOptions(label="y")).X[0], FLOATS[:, 0])


def test_more_features_than_memory_are_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.svm").write_text("1 1:1 90000000:2\n0 2:1 80000000:4\n" * 500)
    with pytest.raises(UnusableInput, match=r"1000 lines with 90000001 features or more need about 720.0 GB"):
        read(str(tmp_path / "a.svm"))


def test_numbers_in_comments_of_svmlight_are_no_features(tmp_path: Path) -> None:
    path = tmp_path / "a.svm"
    path.write_text("".join(f"{row % 2} 1:{row % 3} 2:1.5 # page 12345678901234: at 12:30\n" for row in range(20)))
    assert read(str(path)).X.shape == (2, 20)


@pytest.mark.parametrize("kind", ["npz", "h5", "npy"])
def test_labels_that_all_differ_are_no_classes(tmp_path: Path, kind: str) -> None:
    path, how = write(tmp_path, kind, RNG.random((30, 4)), np.arange(30))
    with pytest.raises(UnusableInput, match="all 30 labels differ, so they are no classes; name others with --label"):
        read(str(path), how)


def test_labels_that_several_arrays_fit_are_not_advised(tmp_path: Path) -> None:
    path = save_arrays(tmp_path / "a.npz", a=FLOATS, b=FLOATS, c=Y)
    with pytest.raises(UnusableInput, match="which are the examples isn't known; save them as X and their labels as y"):
        read(str(path))


@pytest.mark.parametrize("kind", ["npz", "h5"])
def test_what_a_model_classifies_needs_no_usual_name(tmp_path: Path, kind: str) -> None:
    path = save_arrays(tmp_path / f"a.{kind}", arr_0=FLOATS, arr_1=Y)
    (found,) = read_features(str(path), Wanted(FLOATS.shape[1]))
    np.testing.assert_array_equal(found.X, FLOATS.T)


@pytest.mark.parametrize("names", ["trainingX trainingY testingX testingY", "x_training y_training x_dev y_dev"])
def test_parts_of_arrays_may_have_longer_names(tmp_path: Path, names: str) -> None:
    X, y, X_test, y_test = names.split()
    np.savez(tmp_path / "a.npz", **{X: FLOATS, y: Y, X_test: FLOATS[::-1], y_test: Y[::-1]})
    for part, labels in (("train", Y), ("test", Y[::-1])):
        dataset = read(str(tmp_path / "a.npz"), ReadOptions(part=part))
        np.testing.assert_array_equal(dataset.labels, labels)
