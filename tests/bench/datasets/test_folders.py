"""Folders of images as people have them: of several parts, with other files, with files that are no images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gradrace.bench.datasets.formats.dataset import ReadOptions, Wanted
from gradrace.bench.datasets.layouts.kinds import stands_in
from gradrace.bench.datasets.read import read, read_features
from gradrace.bench.results import UnusableInput
from tests.bench.datasets.test_datasets import write_hdf5

SIZE = (4, 4)
TEST = ReadOptions(part="test", size=SIZE)
TRAIN = ReadOptions(size=SIZE)


def write(folder: Path, *names: str, value: int = 0) -> Path:
    """Write images of one value under these names."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((5, 5, 3), value, np.uint8)).save(path)
    return folder


def pets(folder: Path, m: int, value: int = 0) -> Path:
    """Write m images of cats and m of dogs."""
    return write(folder, *(f"{kind}/{number}.png" for kind in ("cat", "dog") for number in range(m)), value=value)


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train", "test"),
        ("training_set", "test_set"),
        ("Training", "Testing"),
        ("TRAIN", "val"),
        ("train", "Validation"),
    ],
)
def test_a_folder_of_parts_trains_with_one_and_tests_with_the_other(tmp_path: Path, train: str, test: str) -> None:
    pets(tmp_path / train, 3, value=7)
    pets(tmp_path / test, 2, value=9)
    write(tmp_path, "single_prediction/a.png")
    trained, tested = read(str(tmp_path), TRAIN), read(str(tmp_path), TEST)
    assert (trained.m, trained.n_x, trained.classes, trained.shape) == (6, 48, ("cat", "dog"), (4, 4, 3))
    assert (tested.m, tested.classes) == (4, ("cat", "dog"))
    assert (trained.X == 7).all()
    assert (tested.X == 9).all()
    told = f"{tmp_path / train} is the training part; --test-data {tmp_path} tests with {tmp_path / test}"
    assert trained.notes[0].endswith(told)


def test_a_test_part_comes_before_a_validation_part(tmp_path: Path) -> None:
    for number, part in enumerate(("train", "valid", "test")):
        pets(tmp_path / part, 1 + number)
    assert (read(str(tmp_path), TRAIN).m, read(str(tmp_path), TEST).m) == (2, 6)


def test_parts_may_lie_deeper(tmp_path: Path) -> None:
    """As archives are often unpacked: training_set/training_set/cat, beside __MACOSX."""
    pets(tmp_path / "data" / "training_set" / "training_set", 3)
    pets(tmp_path / "data" / "test_set" / "test_set", 2)
    write(tmp_path, "__MACOSX/data/a.png")
    assert (read(str(tmp_path), TRAIN).m, read(str(tmp_path), TEST).m) == (6, 4)


def test_classes_in_the_only_folder_are_found_and_told(tmp_path: Path) -> None:
    pets(tmp_path / "PetImages", 2)
    dataset = read(str(tmp_path), TRAIN)
    assert (dataset.m, dataset.classes) == (4, ("cat", "dog"))
    assert dataset.notes == (f"the classes are those of {tmp_path / 'PetImages'}",)


def test_classes_may_be_called_like_a_part(tmp_path: Path) -> None:
    write(tmp_path, "train/1.png", "car/1.png", "car/2.png")
    dataset = read(str(tmp_path), TRAIN)
    assert (dataset.m, dataset.classes, dataset.notes) == (3, ("car", "train"), ())


def test_a_test_part_without_classes_is_refused_only_for_tests(tmp_path: Path) -> None:
    pets(tmp_path / "train", 2)
    write(tmp_path, "test/1.png")
    assert "--test-data" not in read(str(tmp_path), TRAIN).notes[0]
    with pytest.raises(UnusableInput, match=r"test: no sub-folder for each class to test with; use --test-share"):
        read(str(tmp_path), TEST)


@pytest.mark.parametrize(
    "name",
    [
        "desktop.ini",
        "Desktop.ini",
        ".DS_Store",
        "_DS_Store",
        "Thumbs.db",
        "a.txt",
        "labels.csv",
        "b.json",
        "c.XML",
        "README",
        "d.md",
    ],
)
def test_other_files_are_no_images(tmp_path: Path, name: str) -> None:
    pets(tmp_path, 2)
    for folder in (tmp_path, tmp_path / "cat"):
        (folder / name).write_text("words")
    write(tmp_path, "__MACOSX/cat/1.png", ".hidden/1.png")
    dataset = read(str(tmp_path), TRAIN)
    assert (dataset.m, dataset.classes) == (4, ("cat", "dog"))
    assert len([*read_features(str(tmp_path), Wanted(48, (4, 4, 3)))]) == 4


HEADS = {
    "HEIC": ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0"),
    "AVIF": ("a.jpg", b"\0\0\0\x18ftypavif\0\0\0\0"),
    "camera RAW": ("a.CR2", b"II*\0"),
    "SVG": ("a.svg", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'),
    "PDF": ("a.pdf", b"%PDF-1.7"),
    "JPEG XL": ("a.jxl", b"\xff\x0a\0"),
    "a video": ("a.mp4", b"\0\0\0\x18ftypisom"),
    "a ZIP archive": ("a.zip", b"PK\x03\x04"),
}


@pytest.mark.parametrize("kind", HEADS)
def test_formats_that_are_not_read_are_named(tmp_path: Path, kind: str) -> None:
    name, head = HEADS[kind]
    pets(tmp_path, 2)
    (tmp_path / "dog" / name).write_bytes(head)
    told = f"{name}: is {kind}, which isn't read; save it as PNG or JPEG"
    with pytest.raises(UnusableInput, match=told):
        read(str(tmp_path), TRAIN)
    with pytest.raises(UnusableInput, match=told):
        [*read_features(str(tmp_path / "dog" / name), Wanted(48, (4, 4, 3)))]


def test_avif_that_pillow_reads_is_an_image(tmp_path: Path) -> None:
    pets(tmp_path, 2)
    image = Image.fromarray(np.full((8, 8, 3), 9, np.uint8))
    try:
        image.save(tmp_path / "dog" / "a.avif")
    except OSError:
        pytest.skip("Pillow without AVIF")
    assert read(str(tmp_path), TRAIN).m == 5


def test_all_unusable_files_are_named_at_once(tmp_path: Path) -> None:
    pets(tmp_path, 2)
    for number in range(5):
        (tmp_path / "dog" / f"b{number}.png").write_text("words")
    (tmp_path / "cat" / "a.heic").write_bytes(HEADS["HEIC"][1])
    with pytest.raises(UnusableInput) as refusal:
        read(str(tmp_path), TRAIN)
    told = str(refusal.value)
    assert told.startswith(f"{tmp_path}: 6 of 10 files aren't usable: cat/a.heic is HEIC, which isn't read, dog/b0.png")
    assert told.endswith(", …; save them as PNG or JPEG, or remove them")
    assert "\n" not in told


STANDING_IN = {
    "is a web page": b"\xef\xbb\xbf\n<!DOCTYPE html>\n<html><body>Not found</body></html>",
    "is a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
}


@pytest.mark.parametrize("kind", STANDING_IN)
@pytest.mark.parametrize("suffix", ["csv", "h5", "npz", "npy", "parquet", "data", "png"])
def test_what_only_stands_in_for_data_is_named(tmp_path: Path, kind: str, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(STANDING_IN[kind])
    with pytest.raises(UnusableInput, match=f"a.{suffix}: {kind}"):
        read(str(path), ReadOptions(label="y"))
    with pytest.raises(UnusableInput, match=f"a.{suffix}: {kind}"):
        [*read_features(str(path), Wanted(48, (4, 4, 3)))]


@pytest.mark.parametrize("kind", STANDING_IN)
def test_labels_and_images_that_stand_in_are_named(tmp_path: Path, kind: str) -> None:
    np.save(tmp_path / "X.npy", np.ones((2, 3)))
    (tmp_path / "y.npy").write_bytes(STANDING_IN[kind])
    with pytest.raises(UnusableInput, match=f"y.npy: {kind}"):
        read(str(tmp_path / "X.npy"), ReadOptions(label=str(tmp_path / "y.npy")))
    pets(tmp_path / "pets", 1)
    (tmp_path / "pets" / "cat" / "a.jpg").write_bytes(STANDING_IN[kind])
    with pytest.raises(UnusableInput, match=f"a.jpg: {kind}"):
        read(str(tmp_path / "pets"), TRAIN)


def test_data_stand_for_themselves(tmp_path: Path) -> None:
    path = write_hdf5(tmp_path / "a.h5", X=np.ones((2, 3)), y=np.array([0, 1]))
    for data in (path.read_bytes()[:512], b"a,y\n<html>,1\n", b"", b"version,y\n1,0\n"):
        assert stands_in(data) is None


def test_a_folder_of_tables_or_arrays_is_named(tmp_path: Path) -> None:
    for name in ("test.csv", "train.csv", "notes.md"):
        (tmp_path / name).write_text("a,y\n1,0\n")
    with pytest.raises(UnusableInput, match=rf"name one of its files, such as --data {tmp_path / 'train.csv'}"):
        read(str(tmp_path))
