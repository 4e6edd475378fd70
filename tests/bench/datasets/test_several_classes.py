"""Several classes: which one counts as 1, in every format, and which labels must be asked about. Files made here."""

from __future__ import annotations

import gzip
import shlex
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.io import savemat
from sklearn.datasets import dump_svmlight_file, load_digits

from gradrace.bench.datasets.formats.classes import are_classes, doubt
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions
from gradrace.bench.datasets.formats.stored import is_stored
from gradrace.bench.datasets.read import read
from gradrace.bench.datasets.tables import text_rows
from tests.bench.datasets.sources import GUESSES, refusal, save_arrays, written

RNG = np.random.default_rng(5)
CODES = RNG.permutation(np.repeat([0, 1, 2], [15, 27, 18]))
M = len(CODES)
X = RNG.normal(size=(M, 3))
PIXELS = RNG.integers(0, 256, (M, 4, 4), dtype=np.uint8)
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])

WORDS = np.array(["setosa", "versicolor", "virginica"])[CODES]
LABELS: dict[str, NDArray[np.generic]] = {
    "words": WORDS,
    "bytes": WORDS.astype("S"),
    "counted from 0": CODES,
    "counted from 1": CODES.astype(np.uint8) + 1,
    "floats": np.array([3.0, 8.0, 5.0])[CODES],
    "signs": np.array([-1, 0, 1])[CODES],
    "one-hot": np.eye(3)[CODES],
}


def name(label: object) -> str:
    """The name of a class, as `--positive` takes it."""
    if isinstance(label, bytes):
        return label.decode()
    return f"{label:g}" if isinstance(label, float) else str(label)


def listed(y: NDArray[np.generic]) -> list[str]:
    """The class of each example."""
    return [name(one) for one in (y.argmax(axis=1) if y.ndim == 2 else y).tolist()]


def decided(dataset: Dataset, y: NDArray[np.generic], label: str = "") -> None:
    """Assert that the most frequent label counts as 1, and that this is said in a single line."""
    kinds = listed(y)
    (one, count), (second, _), *_ = Counter(kinds).most_common()
    np.testing.assert_array_equal(dataset.labels, [kind == one for kind in kinds])
    assert (dataset.classes, {*dataset.kinds}) == ((f"not {one}", one), {*kinds})
    told = f"{len({*kinds})} classes: {one!r} counts as 1 ({count} of {len(kinds)}), all others as 0; "
    assert [line for line in dataset.readings if "counts as 1" in line] == [
        f"{told}another: --positive {shlex.quote(second)}"
    ]
    assert dataset.readings[0].startswith(label)


def asked(source: str, how: ReadOptions, classes: int = 3) -> None:
    """Assert that this class is asked for where nothing is to be decided: by `run`, and in test data."""
    told = refusal(source, replace(how, guesses=False))
    assert f"{classes} classes (" in told
    chosen = read(source, replace(how, positive=shlex.split(told.partition("--positive ")[2])[0].strip(",")))
    assert not any("counts as 1" in line for line in chosen.readings)
    assert 0 < chosen.labels.sum() < M


def saved(folder: Path, suffix: str, y: NDArray[np.generic]) -> str:
    """Write X and y as arrays of the usual names."""
    path = folder / f"a.{suffix}"
    if suffix in ("npz", "h5"):
        save_arrays(path, X=X, y=y.astype("S") if suffix == "h5" and y.dtype.kind == "U" else y)
    elif suffix == "mat":
        savemat(path, {"X": X, "y": y.astype("U") if y.dtype.kind == "S" else y})
    elif suffix == "zarr":
        group = pytest.importorskip("zarr").open_group(path, mode="w")
        group.create_array("X", data=X, chunks=(10, 3))
        group.create_array("y", data=y)
    return str(path)


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [
        *(("npz", kind) for kind in LABELS),
        *(("h5", kind) for kind in LABELS),
        *(("zarr", kind) for kind in LABELS if kind not in ("words", "bytes")),  # which Zarr has no standard for
        *(("mat", kind) for kind in ("words", "floats", "one-hot")),  # each is read by a process
    ],
)
def test_in_arrays(tmp_path: Path, suffix: str, kind: str) -> None:
    source = saved(tmp_path, suffix, LABELS[kind])
    decided(read(source, GUESSES), LABELS[kind])
    asked(source, GUESSES)


@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("file", ["y.npy", "y.npz", "y.txt", "y.csv"])
@pytest.mark.parametrize("beside", [True, False])
def test_in_a_file_of_their_own(tmp_path: Path, file: str, kind: str, *, beside: bool) -> None:
    y, target = LABELS[kind], tmp_path / (file if beside else f"classes{Path(file).suffix}")
    np.save(tmp_path / "X.npy", X)
    if file.endswith(("txt", "csv")):
        target.write_text("\n".join(["kind"] * file.endswith("csv") + listed(y)) + "\n")
    else:
        np.save(target, y) if file.endswith("npy") else np.savez(target, y=y)
    how = GUESSES if beside else replace(GUESSES, label=str(target))
    source = str(tmp_path / "X.npy")
    decided(read(source, how), y, "labels: those of" if beside else "")
    asked(source, replace(how, label=str(target)))


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [*((suffix, kind) for suffix in ("h5", "npy", "parquet") for kind in ("words", "signs")), ("zarr", "signs")],
)
def test_in_files_larger_than_memory(tmp_path: Path, suffix: str, kind: str) -> None:
    how, y = replace(GUESSES, memory_bytes=700.0), LABELS[kind]
    if suffix == "npy":
        np.save(tmp_path / "X.npy", X)
        np.save(tmp_path / "y.npy", y)
        source = str(tmp_path / "X.npy")
    elif suffix == "parquet":
        source, how = str(tmp_path / "a.parquet"), replace(how, label="kind", memory_bytes=1300.0)
        FRAME.assign(kind=y).to_parquet(source, row_group_size=10)
    else:
        source = saved(tmp_path, suffix, y)
    dataset = read(source, how)
    assert is_stored(dataset.X)
    np.testing.assert_array_equal(np.asarray(dataset.X[:, :M]), X.T)
    decided(dataset, y)
    asked(source, replace(how, label=str(tmp_path / "y.npy")) if suffix == "npy" else how)


def feather(path: Path, frame: pd.DataFrame) -> None:
    pytest.importorskip("pyarrow")
    frame.to_feather(path)


def arff(path: Path, frame: pd.DataFrame) -> None:
    kinds = ",".join(map(str, dict.fromkeys(frame.species)))
    head = ["@relation r", *(f"@attribute {column} real" for column in "abc"), f"@attribute species {{{kinds}}}"]
    path.write_text("\n".join([*head, "@data", frame.to_csv(index=False, header=False)]))


TABLES: dict[str, tuple[str, Callable[[Path, pd.DataFrame], object]]] = {
    "commas": ("a.csv", lambda path, frame: frame.to_csv(path, index=False)),
    "labels first": ("a.csv", lambda path, frame: frame[["species", "a", "b", "c"]].to_csv(path, index=False)),
    "semicolons": ("a.csv", lambda path, frame: frame.to_csv(path, index=False, sep=";", decimal=",")),
    "tabs": ("a.tsv", lambda path, frame: frame.to_csv(path, index=False, sep="\t")),
    "packed": ("a.csv.gz", lambda path, frame: path.write_bytes(gzip.compress(frame.to_csv(index=False).encode()))),
    "numbered": ("a.csv", lambda path, frame: frame.to_csv(path)),
    "ARFF": ("a.arff", arff),
    "Parquet": ("a.parquet", lambda path, frame: frame.to_parquet(path)),
    "Feather": ("a.feather", feather),
    "records": ("a.json", lambda path, frame: frame.to_json(path, orient="records", double_precision=15)),
    "lines": ("a.jsonl", lambda path, frame: frame.to_json(path, orient="records", lines=True, double_precision=15)),
    "columns": ("a.json", lambda path, frame: frame.to_json(path, double_precision=15)),
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("kind", ["words", "counted from 0", "floats", "signs"])
def test_in_tables(tmp_path: Path, table: str, kind: str) -> None:
    file, write = TABLES[table]
    y, source = LABELS[kind], str(tmp_path / file)
    write(tmp_path / file, FRAME.assign(species=y))
    dataset = read(source, GUESSES)
    np.testing.assert_allclose(dataset.X, X.T, rtol=1e-9)  # JSON has 15 decimals
    label = "" if table in ("ARFF", "numbered") else "label: the "
    decided(dataset, y, label)
    named = read(source, replace(GUESSES, label="species"))
    decided(named, y)
    assert not any(line.startswith("label") for line in named.readings)
    if table != "numbered":
        asked(source, replace(GUESSES, label="species"))


def test_in_a_table_without_names(tmp_path: Path) -> None:
    FRAME.assign(species=WORDS).to_csv(tmp_path / "a.data", index=False, header=False)
    decided(read(str(tmp_path / "a.data"), replace(GUESSES, header=False, label="4")), WORDS)
    told = refusal(str(tmp_path / "a.data"))
    assert told.endswith("go on with --no-header --label 4, or --header if they are names")


def test_in_svmlight(tmp_path: Path) -> None:
    for kind in ("counted from 0", "counted from 1", "floats", "signs"):
        dump_svmlight_file(X, LABELS[kind], str(tmp_path / "a.svm"), zero_based=False)
        decided(read(str(tmp_path / "a.svm"), GUESSES), LABELS[kind])
        asked(str(tmp_path / "a.svm"), GUESSES)


@pytest.mark.parametrize("packed", [True, False])
def test_in_the_files_of_mnist(tmp_path: Path, *, packed: bool) -> None:
    suffix, pack = (".gz", gzip.compress) if packed else ("", bytes)
    images, labels = (tmp_path / f"train-{word}-ubyte{suffix}" for word in ("images-idx3", "labels-idx1"))
    images.write_bytes(pack(struct.pack(">4I", 0x803, M, 4, 4) + PIXELS.tobytes()))
    labels.write_bytes(pack(struct.pack(">2I", 0x801, M) + CODES.astype(np.uint8).tobytes()))
    dataset = read(str(images), GUESSES)
    np.testing.assert_array_equal(dataset.X, PIXELS.reshape(M, -1).T)
    decided(dataset, CODES, "labels: those of")
    asked(str(images), replace(GUESSES, label=str(labels)))


@pytest.mark.parametrize("names", [["cat", "dog", "owl", "pig", "rat"], ["1990", "1995", "2000", "2005", "2010"]])
@pytest.mark.parametrize("counts", [[2, 3, 9, 1, 4], [1, 1, 2, 1, 1]])
def test_in_a_folder_of_images(tmp_path: Path, names: list[str], counts: list[int]) -> None:
    kinds = np.repeat(names, counts)
    for number, kind in enumerate(kinds):
        (tmp_path / kind).mkdir(exist_ok=True)
        Image.fromarray(PIXELS[number]).save(tmp_path / kind / f"{number}.png")
    how = replace(GUESSES, size=(4, 4))
    decided(read(str(tmp_path), how), kinds)
    asked(str(tmp_path), how, 5)


def test_a_folder_with_one_image_of_each_is_asked_about(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"patient {number}").mkdir()
        Image.fromarray(PIXELS[number]).save(tmp_path / f"patient {number}" / "1.png")
    assert "3 classes (patient 0, patient 1, patient 2); go on with --positive 'patient 0'" in refusal(str(tmp_path))


def test_in_the_digits_of_scikit_learn() -> None:
    dataset = read("digits", GUESSES)
    decided(dataset, load_digits().target)
    assert dataset.readings == ("10 classes: '3' counts as 1 (183 of 1797), all others as 0; another: --positive 1",)


@pytest.mark.parametrize("memory_bytes", [None, 700.0])
def test_list_classes_names_them(tmp_path: Path, memory_bytes: float | None) -> None:
    arrays = {"train_set_x": X, "train_set_y": CODES, "list_classes": np.array([b"ant", b"bee", b"cow's"])}
    dataset = read(str(save_arrays(tmp_path / "a.h5", **arrays)), replace(GUESSES, memory_bytes=memory_bytes))
    decided(dataset, np.array(["ant", "bee", "cow's"])[CODES])
    wide = 100 * CODES  # codes that numbers of a regression might be, but the file names them
    named = np.full(201, b"?")
    named[[0, 100, 200]] = b"a", b"b", b"c"
    save_arrays(tmp_path / "b.h5", train_set_x=X, train_set_y=wide, list_classes=named)
    decided(read(str(tmp_path / "b.h5"), GUESSES), np.array(["a", "b", "c"])[CODES])
    save_arrays(tmp_path / "c.h5", train_set_x=X, train_set_y=wide)
    assert "3 classes (0, 100, 200); go on with --positive 0" in refusal(str(tmp_path / "c.h5"))


@pytest.mark.parametrize(
    ("kinds", "one"),
    [
        (["b", "c", "a"] * 4, "a"),
        ([10, 9, 2] * 4, "2"),
        (["10", "9", "2"] * 4, "2"),  # in a table, these are numbers
        (["b"] * 4 + ["a"] * 3 + ["c"] * 4, "b"),
        ([*"ccccbbbbaaa"], "b"),
    ],
)
def test_of_equally_frequent_ones_the_first_is_taken(tmp_path: Path, kinds: list[object], one: str) -> None:
    table = FRAME[: len(kinds)].assign(species=kinds)
    table.to_csv(tmp_path / "a.csv", index=False)
    assert read(str(tmp_path / "a.csv"), GUESSES).classes[1] == one
    if not all(isinstance(kind, str) and kind.isdecimal() for kind in kinds):
        table.to_parquet(tmp_path / "a.parquet")
        assert read(str(tmp_path / "a.parquet"), GUESSES).classes[1] == one


def test_a_class_that_is_written_in_two_ways_is_one(tmp_path: Path) -> None:
    kinds = ["1", "1.0", "+1"] * 5 + ["2"] * 7 + ["3"] * 7
    FRAME[: len(kinds)].assign(species=kinds).to_csv(tmp_path / "a.csv", index=False)
    dataset = read(str(tmp_path / "a.csv"), GUESSES)
    assert (dataset.classes, dataset.labels.sum()) == (("not 1", "1"), 15)
    assert "3 classes: '1' counts as 1 (15 of 29), all others as 0" in dataset.readings[1]


def test_test_data_never_decide(tmp_path: Path) -> None:
    source = saved(tmp_path, "npz", WORDS)
    assert "3 classes (setosa, versicolor, virginica); go on with" in refusal(source, replace(GUESSES, part="test"))
    lacking = read(source, replace(GUESSES, part="test", positive="rose"))
    assert (lacking.labels.sum(), lacking.classes, len(lacking.kinds)) == (0, ("not rose", "rose"), 3)
    assert refusal(source, replace(GUESSES, positive="rose")).startswith("no class 'rose'; the classes are setosa,")


LETTERS = [chr(ord("A") + number) for number in range(26)]


def bell(low: int, high: int, m: int) -> list[int]:
    """Whole numbers as people's ages and marks are distributed."""
    middle, width = (low + high) / 2, (high - low) / 5
    return [int(one) for one in np.clip(np.random.default_rng(1).normal(middle, width, m).round(), low, high)]


def uniform(low: int, high: int, m: int) -> list[int]:
    return [int(one) for one in np.random.default_rng(1).integers(low, high + 1, m)]


CERTAIN: dict[str, list[object]] = {
    "letters": LETTERS * 200,
    "letters as numbers": [*range(26)] * 200,
    "letters from 1": [*range(1, 27)] * 200,
    "letters without two that move": [*range(9), *range(10, 25)] * 100,
    "crops": [f"crop {number}" for number in range(22)] * 100,
    "vowels": [*range(11)] * 48,
    "signs of a hand": [*range(1, 16)] * 24,
    "marks of wine": bell(3, 8, 1600),
    "glass": [1, 2, 3, 5, 6, 7] * 9,
    "opinions": [-1, 0, 1] * 3,
    "digits and letters": [*range(62)] * 100,
    "words of which one is rare": ["a"] * 20 + ["b"] * 20 + ["c"],
    "twenty words": [f"w{number}" for number in range(20)] * 3,
}

DOUBTFUL: dict[str, list[object]] = {
    "ages": uniform(18, 90, 5000),
    "ages of some": uniform(18, 90, 60),
    "ages of few": [18, 19, 20, 21, 22] * 40,
    "ages of a census": bell(17, 90, 50_000),
    "scores": uniform(1, 100, 50_000),
    "scores of a class": bell(1, 100, 200),
    "marks to 20": bell(0, 20, 400),
    "marks to 50": bell(0, 50, 5000),
    "ten examples of ten numbers": [*range(10)],
    "ten numbers twice": [*range(10)] * 2,
    "years": [2010, 2011, 2012] * 50,
    "hundreds": [0, 50, 100] * 50,
    "below zero": [*range(-15, 0)] * 100,
    "halves": [0.5, 1, 1.5, 2, 2.5] * 50,
    "a fraction": [1, 2, 3.5] * 50,
    "letters as numbers, some of each": [*range(26)] * 90,
    "eleven numbers, some of each": [*range(11)] * 19,
    "half of the numbers": [*range(0, 30, 2)] * 100,
    "more codes than letters and digits": [*range(63)] * 200,
    "many words, few of each": [f"city {number}" for number in range(30)] * 9,
    "words that hardly repeat": ["ann", "bob", "cy", "ann"],
    "words of which all differ": [f"name {number}" for number in range(30)],
    "too many words": [f"name {number}" for number in range(1001)] * 11,
}


@pytest.mark.parametrize("kind", [*CERTAIN, *DOUBTFUL])
def test_what_may_be_a_number_to_predict_is_no_class(kind: str) -> None:
    counts = Counter((CERTAIN | DOUBTFUL)[kind])
    names = [name(one) for one in counts]
    assert are_classes(names, np.array([*counts.values()])) == (kind in CERTAIN)


def of_kinds(folder: Path, kinds: list[object], suffix: str) -> str:
    path = folder / f"a.{suffix}"
    numbers = np.random.default_rng(2).normal(size=len(kinds)).round(3)
    shuffled = np.random.default_rng(3).permutation(np.array(kinds))
    if suffix == "npz":
        return str(save_arrays(path, X=numbers[:, np.newaxis], y=shuffled))
    return written(path, pd.DataFrame({"a": numbers, "class": shuffled}))


@pytest.mark.parametrize("suffix", ["csv", "parquet", "npz"])
@pytest.mark.parametrize("kind", CERTAIN)
def test_files_with_such_classes_are_decided(tmp_path: Path, kind: str, suffix: str) -> None:
    source, how = (
        of_kinds(tmp_path, CERTAIN[kind], suffix),
        GUESSES if suffix == "npz" else ReadOptions("train", "class"),
    )
    dataset, counts = read(source, replace(how, guesses=True)), Counter(map(name, CERTAIN[kind]))
    assert (dataset.labels.sum(), len(dataset.kinds)) == (max(counts.values()), len(counts))
    assert counts[dataset.classes[1]] == max(counts.values())


@pytest.mark.parametrize("suffix", ["csv", "parquet", "npz"])
@pytest.mark.parametrize("kind", DOUBTFUL)
def test_files_with_such_numbers_and_names_are_asked_about(tmp_path: Path, kind: str, suffix: str) -> None:
    source = of_kinds(tmp_path, DOUBTFUL[kind], suffix)
    told = refusal(source, GUESSES if suffix == "npz" else replace(GUESSES, label="class"))
    assert "--positive" in told or "all 30 labels differ, so they are no classes" in told
    assert "counts as 1" not in told


def test_labels_of_more_digits_than_a_float64_stay_apart(tmp_path: Path) -> None:
    kinds = [str(2**53), str(2**53 + 1)]
    path = tmp_path / "a.csv"
    FRAME.assign(species=[kinds[row % 2] for row in range(M)]).to_csv(path, index=False)
    assert {*read(str(path), GUESSES).kinds} == {*kinds}


@pytest.mark.parametrize("suffix", ["csv", "json", "npz"])
@pytest.mark.parametrize(
    ("kinds", "said", "positive"),
    [
        (["?", "no", "yes"], "'?' may stand for missing labels", "no"),
        (["NA", "a", "b", "c"], "'NA' may stand for missing labels", "a"),
        (["0", "1", "nan"], "'nan' may stand for missing labels", "0"),
        (["-9", "0", "1"], "'-9' may stand for missing labels", "0"),
        (["1", "2", "9"], "'9' may stand for missing labels", "1"),
        (["2", "5", "9"], "", ""),
        (["-9", "-8", "0"], "", ""),
        (["Yes", "no", "yes"], "'Yes' and 'yes' may be the same", "Yes"),
        ([">50K", "<=50K", "<=50K."], "'<=50K' and '<=50K.' may be the same", "'<=50K'"),
        (["A", "a", "b"], "", ""),
    ],
)
def test_labels_that_may_be_missing_or_the_same_are_asked_about(
    tmp_path: Path, kinds: list[str], said: str, positive: str, suffix: str
) -> None:
    labels = [kinds[row % len(kinds)] for row in range(M)]
    path = tmp_path / f"a.{suffix}"
    save_arrays(path, X=X, y=np.array(labels)) if suffix == "npz" else written(path, FRAME.assign(species=labels))
    if not said:
        assert len(read(str(path), GUESSES).kinds) == len(kinds)
        return
    told = refusal(str(path))
    assert f", of which {said}; go on with --positive {positive}, " in told
    assert told.endswith("or correct them first")


class Passes(list[str]):
    """Names that count how often they are gone through."""

    count = 0

    def __iter__(self) -> Iterator[str]:
        self.count += 1
        return super().__iter__()


def test_many_different_labels_are_gone_through_a_few_times() -> None:
    """A regression with 3892 different labels was refused after 36 s of CPU, as each was compared with all others."""
    names = Passes(map(str, range(1000)))
    assert doubt(names) == ""
    assert 1 <= names.count <= 10


@pytest.mark.parametrize("third", ["9.5", "-9.5", "1e400"])
def test_a_number_beside_a_code_does_not_stand_for_missing_labels(third: str) -> None:
    assert doubt(["0", "1", third]) == ""


def test_many_numbers_get_the_command_that_makes_two_classes(tmp_path: Path) -> None:
    source = of_kinds(tmp_path, bell(18, 90, 300), "csv")
    told = refusal(source, replace(GUESSES, label="class"))
    assert " classes (" in told
    assert "go on with --positive " in told
    assert "or for two classes, above their median and below, go on with --data" in told
    few = refusal(of_kinds(tmp_path, [2010, 2011, 2012] * 9, "csv"), replace(GUESSES, label="class"))
    assert "median" not in few


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_column_that_isnt_certain_is_asked_about(tmp_path: Path, suffix: str) -> None:
    """The class needs no option any more once the column is named."""
    frame = FRAME.assign(kind=WORDS)
    frame.to_csv(tmp_path / "a.csv", index=False) if suffix == "csv" else frame.to_parquet(tmp_path / "a.parquet")
    source = str(tmp_path / f"a.{suffix}")
    told = refusal(source)
    assert told.startswith("the column of labels isn't named; go on with --label kind, or name another")
    assert "--positive" not in told
    decided(read(source, replace(GUESSES, label="kind")), WORDS)
    assert "go on with --label kind --positive setosa" in refusal(source, ReadOptions())


def test_a_long_table_of_several_classes_is_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_rows, "REFUSED_CELLS", 300)
    monkeypatch.setattr(text_rows, "CHUNK_CELLS", 300)
    for kinds in (np.sort(np.array(LETTERS * 40)), np.repeat([5, 2, 9], [100, 200, 900])):
        frame = pd.DataFrame({"a": np.arange(len(kinds)) / 7, "b": RNG.normal(size=len(kinds)), "class": kinds})
        frame.to_csv(tmp_path / "a.csv", index=False)
        decided(read(str(tmp_path / "a.csv"), replace(GUESSES, label="class")), kinds)


def test_a_long_table_of_a_regression_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_rows, "REFUSED_CELLS", 300)
    monkeypatch.setattr(text_rows, "CHUNK_CELLS", 300)
    frame = pd.DataFrame({"a": np.arange(5000) / 7, "class": uniform(1, 100, 5000)})
    frame.to_csv(tmp_path / "a.csv", index=False)
    taken, take = [], text_rows.Gathered.take
    monkeypatch.setattr(text_rows.Gathered, "take", lambda self, table: [taken.append(len(table)), take(self, table)])
    assert "go on with --positive" in refusal(str(tmp_path / "a.csv"), replace(GUESSES, label="class"))
    assert sum(taken) < 1000
