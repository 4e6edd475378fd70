"""Images from HDF5 of the course's layout; the files are made here."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from bench.datasets import read_images
from bench.results import UnusableInput

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 4, 3, 3), dtype=np.uint8)
LABELS = np.array([0, 1, 1, 0, 1])


def write(path: Path, **datasets: np.ndarray) -> Path:
    with h5py.File(path, "w") as file:
        for name, values in datasets.items():
            file[name] = values
    return path


def test_each_image_becomes_a_column_of_features_from_0_to_1(tmp_path: Path) -> None:
    images = read_images(
        write(tmp_path / "a.h5", train_set_x=PIXELS, train_set_y=LABELS, list_classes=np.arange(2)), "train"
    )
    problem = images.problem()
    assert (problem.n_x, problem.m) == (4 * 3 * 3, 5)
    np.testing.assert_array_equal(problem.features()[:, 2], PIXELS[2].ravel() * (1 / 255))
    np.testing.assert_array_equal(problem.Y, LABELS[np.newaxis])
    assert problem.features().dtype == problem.Y.dtype == np.float64
    assert images.problem("float32").features().dtype == np.float32


def test_a_test_set_is_read_the_same_way(tmp_path: Path) -> None:
    assert read_images(write(tmp_path / "a.h5", test_set_x=PIXELS, test_set_y=LABELS), "test").problem().m == 5


@pytest.mark.parametrize(
    ("datasets", "cause"),
    [
        ({"train_set_y": LABELS}, "needs train_set_x, found train_set_y"),
        ({"test_set_x": PIXELS, "test_set_y": LABELS}, "needs train_set_x, found test_set_x, test_set_y"),
        ({"train_set_x": PIXELS}, "train_set_y"),
        ({"train_set_x": PIXELS, "train_set_y": LABELS[:4]}, "5 images but labels of shape"),
        ({"train_set_x": PIXELS, "train_set_y": LABELS * 2}, "label 2 of image 1 is neither 0 nor 1"),
        ({"train_set_x": PIXELS, "train_set_y": LABELS - 0.5}, "label -0.5 of image 0"),
        ({"train_set_x": PIXELS[0], "train_set_y": LABELS}, "not uint8 of"),
        ({"train_set_x": PIXELS[:0], "train_set_y": LABELS[:0]}, "not uint8 of"),
        ({"train_set_x": PIXELS, "train_set_y": LABELS + 0j}, "the labels are complex128, not numbers of one part"),
        ({"train_set_x": PIXELS, "train_set_y": LABELS.astype("i8,i8")}, "not numbers of one part"),
        ({"train_set_x": PIXELS, "train_set_y": h5py.Empty("i8")}, "labels of shape None"),
        ({"train_set_x": h5py.Empty("u1"), "train_set_y": LABELS}, "shape None"),
        ({"train_set_x": PIXELS.astype("u1,u1"), "train_set_y": LABELS}, "not uint8"),
        ({"train_set_x": PIXELS, "train_set_y/in a group": LABELS}, "needs train_set_y"),
        ({"train_set_x": PIXELS.astype(float), "train_set_y": LABELS}, "the images are float64"),
        ({"train_set_x": np.full((5, 4, 3, 3), np.nan), "train_set_y": LABELS}, "float64"),
    ],
)
def test_other_contents_are_refused_in_one_line(tmp_path: Path, datasets: dict[str, np.ndarray], cause: str) -> None:
    path = write(tmp_path / "bad.h5", **datasets)
    with pytest.raises(UnusableInput, match=rf"^[^\n]*bad\.h5: [^\n]*{cause}[^\n]*$"):
        read_images(path, "train")


def test_images_beyond_the_memory_are_refused_unread(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "sparse.h5", "w") as file:
        file.create_dataset("train_set_x", (10**6, 4096, 4096, 3), np.uint8, chunks=(1, 64, 64, 3))
        file.create_dataset("train_set_y", (10**6,), np.uint8, chunks=(1000,))
    with pytest.raises(UnusableInput, match=r"sparse\.h5: 1000000 images .* GB are free; give fewer or smaller ones$"):
        read_images(tmp_path / "sparse.h5", "train")


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "half.h5", train_set_x=PIXELS, train_set_y=LABELS)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UnusableInput, match=r"half\.h5: not a whole HDF5 file"):
        read_images(path, "train")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="no such file"):
        read_images(tmp_path / "none.h5", "train")
    with pytest.raises(UnusableInput, match=r"is not a file; name an HDF5 file of images$"):
        read_images(tmp_path, "train")
