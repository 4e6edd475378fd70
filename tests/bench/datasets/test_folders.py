"""Folders of images as people have them: of several parts, with other files, with files that are no images."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import wavfile

from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.layouts.kinds import stands_in
from gradrace.bench.datasets.read import read, read_features
from gradrace.bench.results import UnusableInput
from tests.bench.datasets.sources import followed, refusal, run, save_arrays

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
    told = refusal(tmp_path, TRAIN)
    assert told.startswith("6 of 10 files aren't usable: cat/a.heic is HEIC, which isn't read, dog/b0.png")
    assert "dog/b3.png, dog/b4.png not a whole image (cannot identify image file)" in told
    assert told.endswith("; save it as PNG or JPEG, or repair it, or remove it")


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
    path = save_arrays(tmp_path / "a.h5", X=np.ones((2, 3)), y=np.array([0, 1]))
    for data in (path.read_bytes()[:512], b"a,y\n<html>,1\n", b"", b"version,y\n1,0\n"):
        assert stands_in(data) is None


def test_a_folder_of_tables_or_arrays_is_named(tmp_path: Path) -> None:
    for name in ("test.csv", "train.csv", "notes.md"):
        (tmp_path / name).write_text("a,y\n1,0\n")
    with pytest.raises(UnusableInput, match=rf"name one of its files, such as --data {tmp_path / 'train.csv'}"):
        read(str(tmp_path))


def test_one_remedy_is_said_for_all_files(tmp_path: Path) -> None:
    pets(tmp_path, 2)
    for name in ("1.png", "2.png"):
        (tmp_path / "dog" / name).write_bytes(STANDING_IN["is a Git LFS pointer"])
    with pytest.raises(UnusableInput, match=r"not the data; run `git lfs pull` in its repository$"):
        read(str(tmp_path), TRAIN)


@pytest.mark.parametrize("names", [("images", "other"), ("test1", "extra"), ("val", "dogs"), ("JPEGImages", "Other")])
def test_folders_of_parts_or_of_any_image_are_no_classes(tmp_path: Path, names: tuple[str, str]) -> None:
    write(tmp_path, *(f"{name}/{number}.png" for name in names for number in range(2)))
    with pytest.raises(UnusableInput, match=rf"{names[0]} isn't the name of a class; give it one sub-folder for each"):
        read(str(tmp_path), TRAIN)


def test_folders_that_begin_with_parts_are_no_classes(tmp_path: Path) -> None:
    write(tmp_path, *(f"{part}_{kind}/1.png" for part in ("train", "test") for kind in ("cat", "dog")))
    with pytest.raises(UnusableInput, match=r"test_dog and train_dog aren't classes, but parts of the data"):
        read(str(tmp_path), TRAIN)


def test_classes_may_begin_with_the_same_part(tmp_path: Path) -> None:
    write(tmp_path, "train_cat/1.png", "train_dog/1.png")
    assert read(str(tmp_path), TRAIN).classes == ("train_cat", "train_dog")


@pytest.mark.parametrize("mark", [".", "_", "-", ""])
@pytest.mark.parametrize("test", ["test1", ""])
def test_classes_in_names_of_images_are_made_folders(tmp_path: Path, mark: str, test: str) -> None:
    """As in Kaggle's dogs-vs-cats: train/cat.0.jpg beside test1/1.jpg."""
    names = [f"{kind}{mark}{number}.png" for kind in ("cat", "dog") for number in range(3)]
    write(tmp_path, *((f"train/{name}" for name in names) if test else names))
    write(tmp_path, *(f"{test}/{number}.png" for number in range(2 if test else 0)))
    told, _, command = refusal(tmp_path, TRAIN).partition("; move them: ")
    assert told.endswith("no sub-folder for each class, but names of images that begin with one")
    run(command)
    dataset = read(str(tmp_path), TRAIN)
    assert (dataset.m, dataset.classes, dataset.labels.tolist()) == (6, ("cat", "dog"), [0, 0, 0, 1, 1, 1])


GUESSES = ReadOptions(guesses=True, size=(4, 4))


def write_flat(folder: Path, names: Sequence[str]) -> None:
    write(folder, *(f"{name}.png" for name in names))


@pytest.mark.parametrize("mark", [".", "_", "-", ""])
@pytest.mark.parametrize("folder", ["", "train"])
def test_classes_are_the_beginnings_of_the_names_of_images(tmp_path: Path, mark: str, folder: str) -> None:
    write_flat(tmp_path / folder, [f"{kind}{mark}{number}" for number in range(4) for kind in ("cat", "dog")])
    write_flat(tmp_path / "val", [f"{kind}{mark}{number}" for number in range(3) for kind in ("cat", "dog")])
    for part, m in (("train", 8), ("test", 6)) if folder else (("train", 8),):
        if not folder:
            shutil.rmtree(tmp_path / "val")
        dataset = read(str(tmp_path / folder if part == "train" else tmp_path / "val"), replace(GUESSES, part=part))
        assert (dataset.m, dataset.classes, dataset.labels.sum()) == (m, ("cat", "dog"), m // 2)
        assert dataset.readings[0].startswith("classes: the beginnings of the images' names (cat, dog)")


NO_CLASSES = [
    ("video1", "video2"),
    ("Cat", "cat"),
    ("original", "augmented"),
]


@pytest.mark.parametrize(
    "names",
    [
        [f"{kind}_{number}" for kind in ("IMG", "photo") for number in range(4)],
        ["cat.1", "cat.2", "cat.3", "dog.1", "dog.2"],  # two of a kind
        ["cat.1", "cat.2", "cat.3", "dog-1", "dog-2", "dog-3"],  # of two sources
        ["cat.1", "cat.2", "cat.3", "dog.1", "dog.2", "dog.3", "unknown"],
        *([f"{kind}_{number}" for kind in kinds for number in range(4)] for kinds in NO_CLASSES),
    ],
)
def test_beginnings_that_may_be_chance_are_no_classes(tmp_path: Path, names: list[str]) -> None:
    write_flat(tmp_path, names)
    with pytest.raises(UnusableInput, match="no sub-folder"):
        read(str(tmp_path), GUESSES)


@pytest.mark.parametrize("suffix", ["", ".png"])
@pytest.mark.parametrize("place", ["photos/labels.csv", "labels.csv"])
def test_a_table_names_the_classes_of_all_images(tmp_path: Path, suffix: str, place: str) -> None:
    kinds = {f"{number}a": ("pug", "husky")[number % 2] for number in range(6)}
    write_flat(tmp_path / "photos", [*kinds])
    rows = [f"{name}{suffix},{kind}" for name, kind in {**kinds, "7": "of the test part"}.items()]
    (tmp_path / place).write_text("\n".join(["id,breed", *rows]))
    for folder in (tmp_path / "photos", tmp_path):
        dataset = read(str(folder), GUESSES)
        assert (dataset.m, dataset.classes, dataset.labels.tolist()) == (6, ("husky", "pug"), [1, 0] * 3)
        assert dataset.readings[0].startswith(f"classes: those of {tmp_path / place}; for others")
    write_flat(tmp_path / "photos", ["without a class"])
    with pytest.raises(UnusableInput, match="no sub-folder"):
        read(str(tmp_path / "photos"), GUESSES)


@pytest.mark.parametrize("kinds", [("train", "test"), ("image", "mask"), ("train_cat", "test_cat")])
def test_beginnings_that_are_parts_get_no_command(tmp_path: Path, kinds: tuple[str, str]) -> None:
    write_flat(tmp_path, [f"{kind}_{number}" for kind in kinds for number in range(4)])
    with pytest.raises(UnusableInput, match=r"no sub-folder with images; give it one for each class$"):
        read(str(tmp_path), GUESSES)


def test_a_train_is_a_class_beside_other_vehicles(tmp_path: Path) -> None:
    write_flat(tmp_path, [f"{kind}_{number}" for kind in ("train", "bus") for number in range(4)])
    assert read(str(tmp_path), GUESSES).classes == ("bus", "train")


def test_a_table_of_parts_names_no_classes(tmp_path: Path) -> None:
    write_flat(tmp_path, [str(number) for number in range(6)])
    rows = [f"{number}.png,{('train', 'valid')[number % 2]}" for number in range(6)]
    (tmp_path / "split.csv").write_text("\n".join(["file,split", *rows]))
    with pytest.raises(UnusableInput, match="no sub-folder"):
        read(str(tmp_path), GUESSES)


def test_a_table_that_contradicts_the_names_leaves_doubt(tmp_path: Path) -> None:
    names = [f"{kind}_{number}" for kind in ("cat", "dog") for number in range(4)]
    write_flat(tmp_path, names)
    for kinds, certain in (("cccc" + "dddd", False), ("xyxy" * 2, False), (["cat"] * 4 + ["dog"] * 4, True)):
        rows = [f"{name}.png,{kind}" for name, kind in zip(names, kinds, strict=True)]
        (tmp_path / "kinds.csv").write_text("\n".join(["file,kind", *rows]))
        if certain:
            assert read(str(tmp_path), GUESSES).classes == ("cat", "dog")
        else:
            with pytest.raises(UnusableInput, match="no sub-folder"):
                read(str(tmp_path), GUESSES)


@pytest.mark.parametrize("more", ["", "extra"])
def test_a_table_of_classes_needs_no_header(tmp_path: Path, more: str) -> None:
    folder = tmp_path / "photos"
    write_flat(folder, [*map(str, range(6)), *filter(None, [more])])
    (tmp_path / "kinds.csv").write_text("\n".join(f"{number}.png,{'xy'[number % 2]}" for number in range(6)))
    if more:  # an image without a class: the command moves the others, also that of the first line
        run(refusal(folder, GUESSES).partition("after ")[2])
    dataset = read(str(folder), GUESSES)
    assert (dataset.m, dataset.classes, dataset.labels.sum()) == (6, ("x", "y"), 3)


def test_a_table_of_ages_and_two_tables_leave_doubt(tmp_path: Path) -> None:
    write_flat(tmp_path / "faces", [f"{number}a" for number in range(40)])
    rows = "\n".join(f"{number}a,{20 + number % 17}" for number in range(40))
    (tmp_path / "ages.csv").write_text(f"id,age\n{rows}\n")
    with pytest.raises(UnusableInput, match="17 classes"):
        read(str(tmp_path / "faces"), GUESSES)
    (tmp_path / "kinds.csv").write_text(
        "id,kind\n" + "\n".join(f"{number}a,{'xy'[number % 2]}" for number in range(40))
    )
    with pytest.raises(UnusableInput, match="no sub-folder"):
        read(str(tmp_path / "faces"), GUESSES)


def test_images_of_a_camera_have_no_classes_in_their_names(tmp_path: Path) -> None:
    write(tmp_path, "IMG_1.png", "IMG_2.png")
    with pytest.raises(UnusableInput, match=r"no sub-folder with images; give it one for each class$"):
        read(str(tmp_path), TRAIN)


@pytest.mark.parametrize("folder", ["", "images", "img_align"])
def test_a_table_beside_images_is_named_with_the_recipe(tmp_path: Path, folder: str) -> None:
    write(tmp_path / folder, "1.png", "2.png")
    (tmp_path / "labels.csv").write_text("file,class,size\n1.png,cat,1\n2.png,dog,2\n")
    with pytest.raises(UnusableInput, match=r"; if labels.csv names the classes: docs/.*#images-whose-classes-a-table"):
        read(str(tmp_path), TRAIN)


def test_folders_within_classes_may_be_the_classes(tmp_path: Path) -> None:
    pets(tmp_path / "original", 2)
    pets(tmp_path / "augmented", 2)
    told = (
        rf"augmented has the sub-folders cat, dog; .* go on with --data {tmp_path / 'augmented'}, or .*; if not, move"
    )
    with pytest.raises(UnusableInput, match=told):
        read(str(tmp_path), TRAIN)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["no/1.png", "no/more/2.png", "yes/3.png"], "images in no/more are of the class above"),
        (["no/images/1.png", "yes/images/2.png"], "images in no/images, yes/images are of the class above"),
        (["no/a1/1.png", "no/b2/x/2.png", "yes/c/3.png"], "images in no/a1, no/b2, yes/c are of the class above"),
    ],
)
def test_images_in_folders_of_a_class_are_of_that_class(tmp_path: Path, names: list[str], told: str) -> None:
    for name in names:
        write(tmp_path, name, value=200 if name.startswith("yes") else 100)
    dataset = read(str(tmp_path), TRAIN)
    assert (dataset.m, dataset.classes, dataset.readings) == (len(names), ("no", "yes"), (told,))
    assert (dataset.X[0] == 100 + 100 * dataset.labels).all()


@pytest.mark.parametrize("other", ["no/1.png", "no/c/1.png", "no/c1/1.png"])
def test_sub_folders_of_one_class_may_be_the_classes(tmp_path: Path, other: str) -> None:
    write(tmp_path, "yes/cats/1.png", "yes/dogs/2.png", other)
    told = rf"yes has the sub-folders cats, dogs; if these are the classes, go on with --data {tmp_path}/yes; if not"
    with pytest.raises(UnusableInput, match=told):
        read(str(tmp_path), TRAIN)
    assert read(str(tmp_path / "yes"), TRAIN).classes == ("cats", "dogs")


def test_sub_folders_beside_images_of_a_class_are_of_it(tmp_path: Path) -> None:
    write(tmp_path, "cat/1.png", "cat/flipped/2.png", "cat/turned/3.png", "dog/1.png", "dog/flipped/2.png")
    assert read(str(tmp_path), TRAIN).m == 5


@pytest.mark.parametrize("case", [0, 1])
def test_the_images_of_sub_folders_are_moved(tmp_path: Path, case: int) -> None:
    place = tmp_path / "it's"
    write(place, *(f"{of}/{kind}/x/{of}.png" for of in ("8863", "8864") for kind in ("no", "yes")), value=7)
    write(place, "8863/masks/1.png", "8863/no/.1.png", value=9)
    told = refusal(place, TRAIN)
    assert "8863 has the sub-folders no, yes" in told
    run(re.findall(r"""python -c (?:'(?:[^']|'"'"')*'|"[^"]*")""", told)[case])
    dataset = read(str([tmp_path / "it's-classes", place][case]), TRAIN)
    assert (dataset.classes, dataset.m, dataset.X.max()) == ([("no", "yes"), ("8863", "8864")][case], 4, 7)


def test_images_of_classes_beside_their_masks_are_named(tmp_path: Path) -> None:
    write(tmp_path, "Images/cat/1.png", "Images/dog/2.png", "masks/cat/1.png", "masks/dog/1.png")
    with pytest.raises(UnusableInput, match=f"Images isn't the name of a class; go on with --data {tmp_path}/Images"):
        read(str(tmp_path), TRAIN)


@pytest.mark.parametrize("name", ["masks", "Mask", "thumbs", "thumbnails", "image_masks"])
def test_images_made_from_those_beside_them_are_left_out(tmp_path: Path, name: str) -> None:
    write(tmp_path, "cat/1.png", "dog/2.png", "dog/more/3.png", value=7)
    write(tmp_path, f"cat/{name}/1.png", value=9)
    dataset = read(str(tmp_path), TRAIN)
    assert (dataset.m, dataset.X.max(), dataset.readings[1]) == (3, 7, f"left out: cat/{name}")


def test_masks_alone_are_the_images(tmp_path: Path) -> None:
    write(tmp_path, "cat/masks/1.png", "dog/2.png")
    assert read(str(tmp_path), TRAIN).m == 2


def test_masks_beside_the_images_of_each_class_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "ill/images/1.png", "well/images/2.png", value=7)
    write(tmp_path, "ill/masks/1.png", "well/masks/2.png", value=9)
    dataset = read(str(tmp_path), TRAIN)
    assert (dataset.m, dataset.X.max(), dataset.readings[1]) == (2, 7, "left out: ill/masks, well/masks")


@pytest.mark.parametrize(("place", "target"), [("cat/loop", ".."), ("self", "."), ("cat/up", "../.."), ("a", "b/c")])
@pytest.mark.parametrize("part", ["train", "test"])
def test_a_link_that_leads_back_is_named_with_its_remedy(tmp_path: Path, place: str, target: str, part: str) -> None:
    """One of them took hours, as each folder of the circle was searched several times."""
    folder = pets(tmp_path / "pets", 1) if place != "self" else tmp_path / "pets"
    (folder / "b").mkdir(parents=True)
    (folder / "b" / "c").symlink_to(folder)
    (folder / place).symlink_to(target)
    told = refusal(folder, ReadOptions(part=part, size=SIZE))
    assert "is a link to a folder that holds it; remove it: rm " in told
    run(told.partition("remove it: ")[2])


def test_what_is_left_out_beside_the_classes_is_said(tmp_path: Path) -> None:
    write(pets(tmp_path, 2), "sample.png")
    (tmp_path / "birds").mkdir()
    for name in ("a.py", "b.ipynb"):
        (tmp_path / "cat" / name).write_text("import os")
    told = ("empty folders are no classes: birds", "files beside the classes are left out: sample.png")
    assert read(str(tmp_path), TRAIN).readings == told


def test_classes_lie_as_deep_as_single_folders_go(tmp_path: Path) -> None:
    pets(tmp_path / "a" / "b" / "c", 2)
    assert read(str(tmp_path), TRAIN).notes == (f"the classes are those of {tmp_path / 'a' / 'b' / 'c'}",)


def test_a_training_part_needs_no_test_part(tmp_path: Path) -> None:
    pets(tmp_path / "train", 2)
    write(tmp_path, "samples/1.png")
    assert read(str(tmp_path), TRAIN).classes == ("cat", "dog")
    with pytest.raises(UnusableInput, match="no sub-folder for each class to test with"):
        read(str(tmp_path), TEST)


def test_a_link_to_nothing_is_named(tmp_path: Path) -> None:
    pets(tmp_path, 2)
    (tmp_path / "cat" / "z.png").symlink_to("/nowhere/a.png")
    with pytest.raises(UnusableInput, match=r"z.png: is a link to a file that doesn't exist; remove it"):
        read(str(tmp_path), TRAIN)


@pytest.mark.parametrize("name", ["parts", "parts.parquet"])
def test_a_folder_of_parquet_files_is_made_one_by_the_command(tmp_path: Path, name: str) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    (tmp_path / name).mkdir()
    for part in range(2):
        pandas.DataFrame({"a": [1.5, 2.5, 9], "y": [0, 1, 0]}).to_parquet(tmp_path / name / f"{part}.parquet")
    told, _, command = refusal(tmp_path / name, None).partition("; make one of them: ")
    assert told == "is a folder of Parquet files"
    run(command)
    assert read(str(tmp_path / "parts-whole.parquet"), ReadOptions(label="y")).m == 6


def test_a_folder_of_parquet_files_by_columns_is_made_one(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    pandas.DataFrame({"a": [1.5, 2.5, 9], "y": [0, 1, 0]}).to_parquet(tmp_path / "t", partition_cols=["y"])
    told, _, command = refusal(tmp_path / "t", None).partition("; make one of them: ")
    assert told == "is a folder of Parquet files"
    run(command)
    assert read(str(tmp_path / "t-whole.parquet"), ReadOptions(label="y")).labels.tolist() == [0, 0, 1]


def test_arrays_in_folders_of_classes_are_stacked_by_the_command(tmp_path: Path) -> None:
    for name in ("walk/1", "walk/2", "run/1"):
        (tmp_path / "it's" / name).parent.mkdir(parents=True, exist_ok=True)
        np.save(tmp_path / "it's" / f"{name}.npy", np.full((4, 6), len(name)))
    dataset = follow(tmp_path / "it's", "arrays")
    assert (dataset.classes, dataset.labels.tolist(), dataset.X[0].tolist()) == (("run", "walk"), [0, 1, 1], [5, 6, 6])


def follow(folder: Path, what: str) -> Dataset:
    """Return the examples that the command for a folder goes on with."""
    told = refusal(folder, None)
    assert told.startswith(f"is a folder of {what}, one for each example; go on")
    return followed(told, folder.parent, ReadOptions())


def test_words_of_texts_in_folders_of_classes_are_counted_by_the_command(tmp_path: Path) -> None:
    for row in range(8):
        file = tmp_path / "it's" / ("pos" if row % 4 else "neg") / f"{row}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"a text " + b"good " * (row % 4) + b"\xe9")
    (tmp_path / "it's" / "README").write_text("texts")
    dataset = follow(tmp_path / "it's", "texts")
    assert (dataset.m, dataset.classes, dataset.labels.sum()) == (8, ("neg", "pos"), 6)
    assert any(sorted(feature) == [0, 0, 1, 1, 2, 2, 3, 3] for feature in dataset.X)


@pytest.mark.parametrize(
    ("name", "channels"), [("{kind}/{row}.wav", 2), ("{kind}_{row}.wav", 1), ("{kind}_al_{row}.WAV", 1)]
)
def test_powers_of_sounds_are_computed_by_the_command(tmp_path: Path, name: str, channels: int) -> None:
    for row in range(6):
        file = tmp_path / "it's" / name.format(kind=("high", "low")[row % 2], row=row)
        file.parent.mkdir(parents=True, exist_ok=True)
        tone = np.sin(np.arange(100 + 400 * row) * (2.5, 0.2)[row % 2]) * 1000
        wavfile.write(file, 8000, np.stack([tone] * channels, axis=-1).astype(np.int16))
    dataset = follow(tmp_path / "it's", "sounds")
    assert (dataset.X.shape, dataset.classes) == ((129, 6), ("high", "low"))
    assert ((dataset.X.argmax(axis=0) < 40) == dataset.labels).all()


@pytest.mark.parametrize("name", ["{row}.wav", "train/{row}.wav", "a/{row}.txt"])
def test_files_without_classes_get_no_command(tmp_path: Path, name: str) -> None:
    for row in range(200):
        (tmp_path / name.format(row=row)).parent.mkdir(exist_ok=True)
        (tmp_path / name.format(row=row)).write_bytes(b"RIFF\0\0\0\0WAVE")
    assert "after python" not in refusal(tmp_path, None)


def test_files_of_data_in_folders_are_named(tmp_path: Path) -> None:
    for name in ("MNIST/raw/x", "ds/train/data-0.arrow", "ds/test/data-0.arrow"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"\0\0\x08\x03" if name.endswith("x") else b"\xff\xff\xff\xff")
    with pytest.raises(UnusableInput, match=f"such as --data {tmp_path}/ds/train/data-0.arrow"):
        read(str(tmp_path / "ds"))
    (tmp_path / "MNIST/raw/x").rename(tmp_path / "MNIST/raw/train-images-idx3-ubyte")
    with pytest.raises(UnusableInput, match=r"such as --data .*MNIST/raw/train-images-idx3-ubyte"):
        read(str(tmp_path / "MNIST" / "raw"))


def test_images_beside_a_table_are_no_folder_of_tables(tmp_path: Path) -> None:
    write(tmp_path, "cat.1.png", "dog.1.png")
    (tmp_path / "labels.csv").write_text("a,y\n1,0\n")
    with pytest.raises(UnusableInput, match="names of images that begin with one"):
        read(str(tmp_path), TRAIN)


def test_parts_in_the_only_folder_may_hold_the_images_themselves(tmp_path: Path) -> None:
    """An archive that is unpacked to a folder of its name often holds a folder of the same name."""
    for part, each in (("Training Data", 3), ("Test Data", 1)):
        write(
            tmp_path / "a" / "a" / part, *(f"{kind}_{place}.png" for kind in ("happy", "sad") for place in range(each))
        )
    dataset = read(str(tmp_path / "a"), replace(TRAIN, guesses=True))
    assert (dataset.m, dataset.classes) == (6, ("happy", "sad"))
