"""Real problems from every kind of source; the files are made here. What can't be used is refused in one line."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path
from typing import Literal

import h5py
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from gradrace.bench.datasets.formats.checks import as_features, check_fits
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions
from gradrace.bench.datasets.read import read
from gradrace.bench.results import UnusableInput
from tests.bench.datasets.sources import message, save_arrays

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 4, 3, 3), dtype=np.uint8)
LABELS = np.array([0, 1, 1, 0, 1])
X = np.random.default_rng(1).standard_normal((5, 3))


def write_csv(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def write_images(folder: Path, **images: np.ndarray) -> Path:
    """{class}__{name} = pixels."""
    for name, pixels in images.items():
        kind, _, stem = name.partition("__")
        (folder / kind).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / kind / f"{stem}.png")
    return folder


def refused(source: Path | str, cause: str, how: ReadOptions | None = None) -> None:
    """In one line that names the source."""
    told = message(source, how)
    assert Path(source).name in told
    assert cause in told


class TestHdf5:
    def test_each_image_becomes_a_column_of_its_bytes(self, tmp_path: Path) -> None:
        names = np.array([b"non-cat", b"cat"])
        path = save_arrays(tmp_path / "a.h5", train_set_x=PIXELS, train_set_y=LABELS, list_classes=names)
        dataset = read(str(path))
        assert (dataset.n_x, dataset.m) == (4 * 3 * 3, 5)
        np.testing.assert_array_equal(dataset.X[:, 2], PIXELS[2].ravel())
        np.testing.assert_array_equal(dataset.labels, LABELS)
        assert (dataset.classes, dataset.shape) == (("non-cat", "cat"), (4, 3, 3))

    def test_names_of_any_length_are_left_alone(self, tmp_path: Path) -> None:
        """Of a damaged file the library never comes back from them."""
        path = save_arrays(tmp_path / "a.h5", train_set_x=PIXELS, train_set_y=LABELS, list_classes=["non-cat", "cat"])
        assert read(str(path)).classes == ("0", "1")

    def test_what_lies_in_other_files_is_refused(self, tmp_path: Path) -> None:
        """A stranger's file might name any of ours."""
        whole = save_arrays(tmp_path / "whole.h5", train_set_x=PIXELS, train_set_y=LABELS)
        (tmp_path / "raw").write_bytes(PIXELS.tobytes())
        layout = h5py.VirtualLayout(PIXELS.shape, np.uint8)
        layout[:] = h5py.VirtualSource(str(whole), "train_set_x", PIXELS.shape)
        ways = {
            "link": lambda file: file.update({"train_set_x": h5py.ExternalLink(str(whole), "train_set_x")}),
            "virtual": lambda file: file.create_virtual_dataset("train_set_x", layout),
            "external": lambda file: file.create_dataset(
                "train_set_x", PIXELS.shape, np.uint8, external=[(str(tmp_path / "raw"), 0, PIXELS.size)]
            ),
        }
        for name, way in ways.items():
            with h5py.File(tmp_path / f"{name}.h5", "w") as file:
                file["train_set_y"] = LABELS
                way(file)
            with pytest.raises(UnusableInput, match="train_set_x is stored in another file"):
                read(str(tmp_path / f"{name}.h5"))

    def test_a_test_set_is_read_the_same_way(self, tmp_path: Path) -> None:
        path = save_arrays(tmp_path / "a.h5", test_set_x=PIXELS, test_set_y=LABELS)
        assert read(str(path), ReadOptions(part="test")).m == 5

    def test_it_is_known_without_its_suffix(self, tmp_path: Path) -> None:
        assert read(str(save_arrays(tmp_path / "a.data", train_set_x=PIXELS, train_set_y=LABELS))).m == 5

    @pytest.mark.parametrize(
        ("datasets", "cause"),
        [
            ({"train_set_y": LABELS}, "holds train_set_y, so which are the examples isn't known"),
            ({"a": PIXELS, "b": LABELS}, "holds a, b; go on with --label b, or name the other"),
            (
                {"test_set_x": PIXELS, "test_set_y": LABELS},
                "has test examples, but no train examples; were the two files swapped?",
            ),
            (
                {"train_set_x": PIXELS},
                "no labels beside train_set_x; save them as y in the same file, or name their file with --label",
            ),
            ({"X": X, "x": X, "y": LABELS}, "X and x may both be the examples"),
            ({"X": X, "y": LABELS, "labels": LABELS}, "labels and y may both be labels; name them with --label"),
            ({"train_set_x": PIXELS, "train_set_y": LABELS[:4]}, "4 labels, but the rows of X are 5"),
            (
                {"train_set_x": PIXELS, "train_set_y": np.arange(5)},
                "5 classes (0, 1, 2, 3, 4); go on with --positive 0",
            ),
            ({"train_set_x": PIXELS, "train_set_y": LABELS * 0}, "all labels are 0"),
            ({"train_set_x": PIXELS[0, 0, 0], "train_set_y": LABELS}, "X is of shape (3,)"),
            ({"train_set_x": PIXELS[:0], "train_set_y": LABELS[:0]}, "train_set_y is of shape (0,), so it is empty"),
            ({"X": np.zeros((5, 8, 8, 8)), "y": LABELS}, "without 1, 3 or 4 channels; reshape it to (5, 512)"),
            ({"train_set_x": PIXELS, "train_set_y": LABELS + 0j}, "train_set_y is complex128, not integers or floats"),
            ({"train_set_x": PIXELS, "train_set_y": LABELS.astype("i8,i8")}, "not integers or floats"),
            ({"train_set_x": PIXELS, "train_set_y": ["a", "b", "a", "a", "b"]}, "train_set_y is of variable length"),
            ({"train_set_x": PIXELS, "train_set_y": h5py.Empty("i8")}, "train_set_y is of shape None"),
            ({"train_set_x": h5py.Empty("u1"), "train_set_y": LABELS}, "shape None"),
            ({"train_set_x": PIXELS.astype("u1,u1"), "train_set_y": LABELS}, "not integers or floats"),
            (
                {"train_set_x": PIXELS, "train_set_y/in a group": LABELS},
                "no labels beside train_set_x; go on with --label 'train_set_y/in a group', or name others",
            ),
            ({"train_set_x": np.full((5, 4, 3, 3), np.nan), "train_set_y": LABELS}, "feature 1 of example 1 is nan"),
        ],
    )
    def test_other_contents_are_refused(self, tmp_path: Path, datasets: dict[str, np.ndarray], cause: str) -> None:
        refused(save_arrays(tmp_path / "bad.h5", **datasets), cause)

    def test_images_beyond_the_memory_are_refused_unread(self, tmp_path: Path) -> None:
        with h5py.File(tmp_path / "sparse.h5", "w") as file:
            file.create_dataset("train_set_x", (10**6, 4096, 4096, 3), np.uint8, chunks=(1, 64, 64, 3))
            file.create_dataset("train_set_y", (10**6,), np.uint8, chunks=(1000,))[0] = 1
        refused(tmp_path / "sparse.h5", "GB are free; give fewer or smaller ones")

    def test_labels_beyond_the_memory_are_refused_unread(self, tmp_path: Path) -> None:
        with h5py.File(tmp_path / "sparse.h5", "w") as file:
            file.create_dataset("train_set_x", (10**12, 1, 1, 1), np.uint8, chunks=(1000, 1, 1, 1))
            file.create_dataset("train_set_y", (10**12,), np.uint8, chunks=(1000,))
        refused(tmp_path / "sparse.h5", "labels of shape (1000000000000,) need about")

    def test_a_truncated_file_is_refused(self, tmp_path: Path) -> None:
        path = save_arrays(tmp_path / "half.h5", train_set_x=PIXELS, train_set_y=LABELS)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        refused(path, "not a whole HDF5 file")


class TestArrays:
    @pytest.mark.parametrize("order", ["C", "F"])
    def test_examples_as_rows_or_columns_are_told_by_the_labels(self, tmp_path: Path, order: str) -> None:
        for values in (X, X.T):
            arrays = {"X": np.asarray(values, order=order), "y": LABELS}
            dataset = read(str(save_arrays(tmp_path / "a.npz", **arrays)))
            np.testing.assert_array_equal(dataset.X, X.T)
            np.testing.assert_array_equal(dataset.labels, LABELS)

    def test_a_square_needs_to_be_told(self, tmp_path: Path) -> None:
        square = np.arange(25.0).reshape(5, 5)
        path = save_arrays(tmp_path / "a.npz", X=square, y=LABELS)
        refused(path, "X is 5 by 5, so rows and columns look alike; go on with --examples rows, or")
        np.testing.assert_array_equal(read(str(path), ReadOptions(examples="rows")).X, square.T)
        np.testing.assert_array_equal(read(str(path), ReadOptions(examples="columns")).X, square)

    def test_images_keep_their_shape_and_their_bytes(self, tmp_path: Path) -> None:
        dataset = read(str(save_arrays(tmp_path / "a.npz", images=PIXELS, labels=LABELS)))
        assert (dataset.shape, dataset.X.dtype) == ((4, 3, 3), np.uint8)
        np.testing.assert_array_equal(dataset.X[:, 2], PIXELS[2].ravel())

    def test_an_npy_takes_its_labels_from_another(self, tmp_path: Path) -> None:
        np.save(tmp_path / "X.npy", X)
        np.save(tmp_path / "y.npy", np.array(["ham", "spam", "spam", "ham", "spam"]))
        dataset = read(str(tmp_path / "X.npy"), ReadOptions(label=str(tmp_path / "y.npy")))
        assert dataset.classes == ("ham", "spam")
        np.testing.assert_array_equal(dataset.labels, LABELS)
        refused(tmp_path / "X.npy", "name the file that has them with --label")
        with pytest.raises(UnusableInput, match=r"none\.npy: no such file"):
            read(str(tmp_path / "X.npy"), ReadOptions(label=str(tmp_path / "none.npy")))

    @pytest.mark.parametrize(
        ("arrays", "cause"),
        [
            ({"X": X}, "no labels beside X; if its last column holds the labels, go on with --data"),
            ({"X": X, "x": X, "y": LABELS}, "X and x may both be the examples; keep one"),
            ({"X": X, "y": LABELS[:4]}, "4 labels, but the sides of X are 5 and 3 long"),
            ({"X": X, "y": np.stack([LABELS, LABELS])}, "the labels are of shape (2, 5)"),
            ({"X": X[:, 0], "y": LABELS}, "X is of shape (5,)"),
            ({"X": X[:, :0], "y": LABELS}, "X is of shape (5, 0)"),
            ({"X": X + 0j, "y": LABELS}, "complex128, not integers or floats"),
            ({"X": X.astype(str), "y": LABELS}, "not integers or floats"),
            ({"X": np.where(X == X[3, 1], np.nan, X), "y": LABELS}, "feature 2 of example 4 is nan"),
            ({"X": np.where(X == X[3, 1], -np.inf, X), "y": LABELS}, "feature 2 of example 4 is -inf"),
            ({"X": X, "y": LABELS * 0}, "all labels are 0; a classifier needs two classes"),
            ({"X": X, "y": np.arange(5)}, "5 classes (0, 1, 2, 3, 4); go on with --positive"),
            ({"X": X, "y": np.array([0, 1, np.nan, 1, 1])}, "the label of example 3 is missing"),
            ({"X": X, "y": np.array(["a", "\ud800", "a", "a", "a"])}, "y holds invalid text"),
            ({"X": X, "y": np.array([97, 0x110000, 97, 97, 97], np.uint32).view("U1")}, "y holds invalid text"),
        ],
    )
    def test_other_contents_are_refused(self, tmp_path: Path, arrays: dict[str, np.ndarray], cause: str) -> None:
        refused(save_arrays(tmp_path / "bad.npz", **arrays), cause)

    def test_nothing_is_ever_unpickled(self, tmp_path: Path) -> None:
        class Bomb:
            def __reduce__(self) -> tuple[type, tuple[str]]:
                return Path.touch, (tmp_path / "unpickled",)  # type: ignore[return-value]

        objects = np.array([Bomb()] * 5, dtype=object)
        refused(save_arrays(tmp_path / "a.npz", X=objects, y=LABELS), "never unpickled")
        np.save(tmp_path / "X.npy", objects)
        refused(tmp_path / "X.npy", "never unpickled", ReadOptions(label=str(tmp_path / "X.npy")))
        assert not (tmp_path / "unpickled").exists()

    def test_a_header_that_promises_terabytes_is_refused_unread(self, tmp_path: Path) -> None:
        header = io.BytesIO()
        shape = (10**9, 10**6)
        np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": shape})
        with zipfile.ZipFile(tmp_path / "bomb.npz", "w") as archive:
            archive.writestr("X.npy", header.getvalue())
            archive.writestr("y.npy", header.getvalue())
        refused(tmp_path / "bomb.npz", "GB are free; give fewer or smaller ones")

    @pytest.mark.parametrize("descr", ["<U0", "|S0"])
    def test_billions_of_texts_in_no_byte_are_refused(self, tmp_path: Path, descr: str) -> None:
        np.save(tmp_path / "X.npy", X)
        with (tmp_path / "y.npy").open("wb") as stream:
            about = {"descr": descr, "fortran_order": False, "shape": (10**9,)}
            np.lib.format.write_array_header_1_0(stream, about)
        with pytest.raises(UnusableInput, match="y holds texts of length 0"):
            read(str(tmp_path / "X.npy"), ReadOptions(label=str(tmp_path / "y.npy")))

    def test_a_negative_length_is_refused_unread(self, tmp_path: Path) -> None:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (-1, 3)})
        with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("X.npy", header.getvalue() + bytes(10**6))
            archive.writestr("y.npy", header.getvalue())
        refused(tmp_path / "bomb.npz", "with a negative length")

    def test_what_is_cut_off_is_refused(self, tmp_path: Path) -> None:
        path = save_arrays(tmp_path / "half.npz", X=X, y=LABELS)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        refused(path, "not a whole .npz file")
        np.save(tmp_path / "X.npy", X)
        (tmp_path / "X.npy").write_bytes((tmp_path / "X.npy").read_bytes()[:-8])
        refused(tmp_path / "X.npy", "not a whole .npy file", ReadOptions(label=str(tmp_path / "X.npy")))


class TestTables:
    def test_a_column_of_any_name_holds_the_labels(self, tmp_path: Path) -> None:
        frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(**{"is it, really?": ["no", "yes", "yes", "no", "yes"]})
        how = ReadOptions(label="is it, really?")
        frame.to_csv(tmp_path / "a.csv", index=False)
        frame.to_csv(tmp_path / "a.tsv", index=False, sep="\t")
        for name in ("a.csv", "a.tsv"):
            dataset = read(str(tmp_path / name), how)
            assert dataset.classes == ("no", "yes")
            np.testing.assert_allclose(dataset.X, X.T, rtol=1e-15)
            np.testing.assert_array_equal(dataset.labels, LABELS)

    def test_parquet_is_read_alike(self, tmp_path: Path) -> None:
        pytest.importorskip("pyarrow")
        pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=LABELS == 1).to_parquet(tmp_path / "a.parquet")
        dataset = read(str(tmp_path / "a.parquet"), ReadOptions(label="y"))
        assert dataset.classes == ("False", "True")
        np.testing.assert_array_equal(dataset.X, X.T)
        path = tmp_path / "half.parquet"
        path.write_bytes((tmp_path / "a.parquet").read_bytes()[:-50])
        refused(path, "not a whole Parquet file", ReadOptions(label="y"))

    @pytest.mark.parametrize(
        ("text", "cause"),
        [
            ("", "is empty"),
            ("a,y\n", "holds a single line"),
            ("1,2\n3,4\n", "its first line is an example, not names (1, 2, …); go on with --no-header --label 2, or"),
            ("a,b\n1,2\n", "no column is called 'y'; the columns are 'a', 'b'"),
            ("a,yy\n1,2\n", "no column is called 'y'; did you mean 'yy'?"),
            ("a,y,y\n1,2,0\n", "2 columns are called 'y'; rename all but the labels"),
            ("y\n0\n1\n", "no column except the labels"),
            (
                "a,y\n1,0\nfive,1\n",
                "not numeric: a ('five'); no feature is left without them: make them numbers by docs/",
            ),
            (f"a,y\n1,0\n{'9' * 400},1\n", "not numeric: a ('inf')"),
            ("a,y\n1,0\n,1\n", "numbers are missing: a; no feature"),
            ("a,y\n1,0\ninf,1\n", "not numeric: a ('inf')"),
            ("a,y\n1,0\n2,\n", "the label of example 2 is missing"),
            ("a,y\n1,0\n2,1,5,6\n", "not a table"),
            (
                "a,y\n7,1,0\n8,2,1\n",
                "number of the example: rownames; go on with --drop rownames, or --keep rownames if it",
            ),
            ("a,y\n1,0\n2,1\n3,2\n", "3 classes"),
        ],
    )
    def test_other_contents_are_refused(self, tmp_path: Path, text: str, cause: str) -> None:
        refused(write_csv(tmp_path / "bad.csv", text), cause, ReadOptions(label="y"))

    def test_the_column_is_never_guessed(self, tmp_path: Path) -> None:
        refused(
            write_csv(tmp_path / "a.csv", "a,y\n1,0\n2,1\n"), "the column of labels isn't named; go on with --label y"
        )

    def test_bytes_that_are_no_text_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "bad.csv").write_bytes(b"a,y\n\xff\xfe\x00,1\n")
        refused(tmp_path / "bad.csv", "not a table", ReadOptions(label="y"))


class TestImages:
    def test_images_of_any_size_and_mode_come_as_one(self, tmp_path: Path) -> None:
        grey = np.full((20, 30), 100, np.uint8)
        seen_through = np.zeros((8, 8, 4), np.uint8)
        deep = np.full((9, 7), 256 * 77, np.uint16)
        folder = write_images(tmp_path / "pets", cat__grey=grey, cat__ghost=seen_through, dog__deep=deep)
        Image.new("P", (3, 3)).save(folder / "dog" / "palette.gif")
        Image.new("CMYK", (300, 200)).save(folder / "dog" / "print.jpg")
        dataset = read(str(folder), ReadOptions(size=(4, 6)))
        assert (dataset.classes, dataset.shape) == (("cat", "dog"), (4, 6, 3))
        np.testing.assert_array_equal(dataset.labels, [0, 0, 1, 1, 1])
        values = dataset.X.T.reshape(5, 4, 6, 3)
        assert [int(image[2, 3, 1]) for image in values] == [255, 100, 77, 0, 255]

    def test_twelve_bits_and_several_images_in_a_file_are_refused(self, tmp_path: Path) -> None:
        """Only 4 of 12 bits would be kept, and only the first of several images. A photo with a preview is read."""
        folder = write_images(tmp_path / "pets", cat__1=PIXELS[0], dog__deep=np.full((9, 7), 4095, np.uint16))
        refused(folder, "deep.png: not a usable image (16-bit values of at most 4095, whose range isn't known)")
        (folder / "dog" / "deep.png").unlink()
        for format_, name in (
            ("MPO", "photo.jpg"),
            ("GIF", "moving.gif"),
            ("TIFF", "pages.tiff"),
            ("PNG", "moving.png"),
        ):
            first, second = map(Image.fromarray, PIXELS[:2])  # Pillow leaves its encoder's settings in them
            first.save(folder / "dog" / name, format_, save_all=True, append_images=[second])
            if format_ == "MPO":
                assert read(str(folder)).m == 2
            else:
                refused(folder, f"{name}: not a usable image (2 images in one file); repair it, or remove it")
            (folder / "dog" / name).unlink()

    def test_one_class_against_the_rest(self, tmp_path: Path) -> None:
        folder = write_images(tmp_path / "pets", ant__1=PIXELS[0], bee__1=PIXELS[1], cow__1=PIXELS[2])
        refused(folder, "3 classes (ant, bee, cow)")
        dataset = read(str(folder), ReadOptions(positive="bee"))
        assert dataset.classes == ("not bee", "bee")
        np.testing.assert_array_equal(dataset.labels, [0, 1, 0])
        refused(folder, "no class 'elk'; the classes are ant, bee, cow", ReadOptions(positive="elk"))

    def test_what_is_no_whole_image_is_named(self, tmp_path: Path) -> None:
        folder = write_images(tmp_path / "pets", cat__1=PIXELS[0], dog__1=PIXELS[1])
        (folder / "cat" / ".DS_Store").write_bytes(b"hidden")
        assert read(str(folder)).m == 2
        whole = (folder / "dog" / "1.png").read_bytes()
        (folder / "dog" / "1.png").write_bytes(whole[:-30])
        with pytest.raises(UnusableInput, match=r"1\.png: not a "):
            read(str(folder))

    def test_a_picture_that_is_a_program_is_not_run(self, tmp_path: Path) -> None:
        folder = write_images(tmp_path / "pets", cat__1=PIXELS[0], dog__1=PIXELS[1])
        Image.fromarray(PIXELS[0]).save(folder / "cat" / "2.png", "EPS")
        with pytest.raises(UnusableInput, match=r"2\.png: not a usable image \(a program"):
            read(str(folder))

    def test_a_picture_of_gigapixels_is_refused_undecoded(self, tmp_path: Path) -> None:
        folder = write_images(tmp_path / "pets", cat__1=PIXELS[0], dog__1=PIXELS[1])
        Image.new("1", (30_000, 30_000)).save(folder / "cat" / "bomb.png")
        with pytest.raises(UnusableInput, match=r"bomb\.png: not a usable image"):
            read(str(folder))

    def test_a_folder_without_classes_is_refused(self, tmp_path: Path) -> None:
        refused(tmp_path, "no sub-folder with images")
        refused(write_images(tmp_path / "pets", cat__1=PIXELS[0]), "only cat has images; give it one sub-folder")


def test_what_scikit_learn_brings_has_a_name() -> None:
    cancer = read("breast_cancer")
    assert (cancer.X.shape, cancer.classes) == ((30, 569), ("malignant", "benign"))
    digits = read("digits", ReadOptions(positive="3"))
    assert (digits.X.shape, digits.classes, digits.shape) == ((64, 1797), ("not 3", "3"), (8, 8, 1))
    assert digits.labels.sum() == 183
    refused("digits", "10 classes")


@pytest.mark.parametrize(
    ("labels", "expected", "classes"),
    [
        ([1.0, 0.0], [1, 0], ("0", "1")),
        ([True, False], [1, 0], ("False", "True")),
        ([1, -1], [1, 0], ("-1", "1")),
        (["b", "a"], [1, 0], ("a", "b")),
        ([b"b", b"a"], [1, 0], ("a", "b")),
        ([2.5, 1.0], [1, 0], ("1", "2.5")),
    ],
)
def test_two_values_of_any_kind_are_two_classes(tmp_path: Path, labels: list, expected: list, classes: tuple) -> None:
    dataset = read(str(save_arrays(tmp_path / "a.npz", X=X[:2], y=np.array(labels))), ReadOptions(examples="rows"))
    assert dataset.classes == classes
    np.testing.assert_array_equal(dataset.labels, expected)
    assert isinstance(dataset, Dataset)


def test_what_is_no_source_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "none.h5", "no such file")
    (tmp_path / "a.docx").write_bytes(b"\x01\x02\x03")
    refused(tmp_path / "a.docx", "a file of unknown kind; gradrace reads .h5")


def test_more_bytes_than_a_float64_can_count_are_beyond_the_memory() -> None:
    with pytest.raises(UnusableInput, match=r"GB are free"):
        check_fits("a.zarr", "labels", 10**400)


@pytest.mark.parametrize("order", ["C", "F"])
def test_the_check_of_all_numbers_takes_no_copy_of_them(order: Literal["C", "F"]) -> None:
    X = np.ones((40, 20_000), order=order)
    tracemalloc.start()
    as_features("a.npy", X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < X.nbytes / 100  # masks of all of X took a quarter of it
    X[3, 7] = np.nan
    with pytest.raises(UnusableInput, match="feature 4 of example 8 is nan"):
        as_features("a.npy", X)
    assert as_features("a.npy", X, may_lack=True) is X
    X[2, 9] = np.inf
    with pytest.raises(UnusableInput, match="feature 3 of example 10 is inf"):
        as_features("a.npy", X, may_lack=True)
