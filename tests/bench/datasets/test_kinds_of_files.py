"""Tables in files of many kinds: compressed, commented, quoted, ARFF, JSON, Feather, under any name. All made here."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.read import read, read_features
from gradrace.bench.results import UnusableInput
from tests.bench.datasets.test_tables import FRAME, VALUES, WITHOUT_NAMES, M, refusal, same, text, write

LABEL = ReadOptions(label="y")
ROWS = text().splitlines()
ARFF = "% Made\n%\n@RELATION 'a b'\n\n@attribute a NUMERIC\n@ATTRIBUTE 'b'\treal\n@attribute c integer\n{}\n\n@DATA\n"
NOMINAL = "@attribute y {M,R}"


def zipped(**files: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, contents in files.items():
            archive.writestr(name.replace("__", "/"), contents)
    return stream.getvalue()


def feather(path: Path) -> None:
    pytest.importorskip("pyarrow")
    FRAME.to_feather(path)


READ: dict[str, tuple[str, str | bytes | Callable[[Path], object]]] = {
    "bzip2": ("a.csv.bz2", bz2.compress(text().encode())),
    "xz": ("a.tsv.xz", lzma.compress(text(sep="\t").encode())),
    "zip": ("a.csv.zip", zipped(**{"a.csv": text()})),
    "zip of a folder with clutter": (
        "a.zip",
        zipped(**{"data/a.csv": text(sep=";"), "__MACOSX/data/._a.csv": "\0", "data/README": "x"}),
    ),
    "no suffix": ("table", text()),
    "a suffix of any kind": ("sonar.all-data", text()),
    "UTF-16 without a suffix": ("table", text().encode("utf-16")),
    "comments before it": ("a.csv", "# Made in 2020, by hand\n#\n\n" + text()),
    "percent signs": ("a.csv", "% a, b\n" + text(sep=";")),
    "slashes": ("a.csv", "// one\n" + text()),
    "comments between": ("a.csv", "\n".join([*ROWS[:3], "# more", *ROWS[3:20], "#, and more", *ROWS[20:]])),
    "names in a comment": ("a.txt", "# " + text(sep=" ")),
    "names in the last comment": ("a.csv", "#made\n#" + text()),
    "single quotes": ("a.csv", text(quotechar="'", quoting=1)),
    "single quotes around text": ("a.csv", text(quotechar="'", quoting=2, sep=";")),
    "ARFF": ("a.arff", ARFF.format(NOMINAL) + WITHOUT_NAMES),
    "ARFF with quotes and comments": (
        "a.arff",
        ARFF.format("@attribute 'y' {'M', 'R'}") + WITHOUT_NAMES.replace("M", "'M'").replace("R\n", "'R'\n% next\n"),
    ),
    "ARFF by another name": ("a.txt", ARFF.format(NOMINAL).replace("\n", "\r\n") + WITHOUT_NAMES),
    "JSON records": ("a.json", FRAME.to_json(orient="records")),
    "JSON columns": ("a.json", FRAME.to_json()),
    "JSON lines": ("a.jsonl", FRAME.to_json(orient="records", lines=True)),
    "Feather": ("a.feather", feather),
    "Feather by another name": ("a.bin", feather),
}


@pytest.mark.parametrize("name", READ)
def test_each_kind_is_read(tmp_path: Path, name: str) -> None:
    file, contents = READ[name]
    path = tmp_path / file
    if isinstance(contents, (str, bytes)):
        write(path, contents)
    else:
        contents(path)
    same(read(str(path), LABEL))
    found = next(read_features(str(path), Wanted(3, names=("a", "b", "c")))).X
    np.testing.assert_allclose(found, VALUES.T, rtol=1e-12)


def test_a_row_that_begins_like_a_comment_is_a_row(tmp_path: Path) -> None:
    rows = [f"#{row},{row % 7}.5,{'MR'[row % 2]}" for row in range(M)]
    told = refusal(tmp_path / "a.csv", "\n".join(["code,b,y", *rows]))
    assert told.startswith("not numeric: code ('#0')")
    kept = read(str(tmp_path / "a.csv"), ReadOptions(label="y", drop=("code",)))
    assert (kept.m, kept.n_x) == (M, 1)


def test_a_comment_has_other_cells_than_a_row(tmp_path: Path) -> None:
    rows = [f"{'#' if row % 9 == 5 else 'N'}{row % 7},{row % 7}.5,{'MR'[row % 2]}" for row in range(M)]
    path = write(tmp_path / "a.csv", "\n".join(["code,b,y", *rows[:8], "# a, b", *rows[8:]]))
    assert read(path, ReadOptions(label="y", drop=("code",))).m == M


@pytest.mark.parametrize("before", [0, 1, 20])
@pytest.mark.parametrize("line", ["#7,7.5,M", "# seen twice, by hand, 2020", "% 1,2,R"])
def test_an_example_that_is_written_as_a_comment_is_left_out(tmp_path: Path, before: int, line: str) -> None:
    rows = [f"{row % 7},{row % 7}.5,{'MR'[row % 2]}" for row in range(M)]
    rows[before:before] = [line]
    for contents, how in ((rows, ReadOptions(label="3", header=False)), (["a,b,y", *rows], LABEL)):
        dataset = read(write(tmp_path / "a.csv", "\n".join(contents)), how)
        assert (dataset.m, dataset.n_x, dataset.classes) == (M, 2, ("M", "R"))
        assert dataset.readings == (f"lines such as {line!r} are taken as comments",)


@pytest.mark.parametrize("count", [1, 2])
def test_a_first_example_that_begins_like_a_comment_is_an_example(tmp_path: Path, count: int) -> None:
    rows = [f"{'#' if row < count else 'N'}{row},{row % 7}.5,{row % 5}.25,{'MR'[row % 2]}" for row in range(M)]
    path = write(tmp_path / "a.csv", "\n".join(["# by hand", *rows]))
    assert refusal(tmp_path / "a.csv", Path(path).read_text()).startswith("its first line is an example")
    dataset = read(path, ReadOptions(label="4", header=False, drop=("1",)))
    assert (dataset.m, dataset.X[0, 0], dataset.readings) == (M, 0.5, ())


def test_apostrophes_are_no_quotes(tmp_path: Path) -> None:
    rows = [f"{row % 7}.5,{kind}" for row, kind in enumerate(["'n roll", "rock 'n'"] * 20)]
    dataset = read(write(tmp_path / "a.csv", "\n".join(["b,y", *rows])), LABEL)
    assert (dataset.m, dataset.classes) == (M, ("'n roll", "rock 'n'"))


def numbers(path: Path, cells: list[str], separator: str) -> Dataset:
    """Return the dataset of a column of these cells, and one of decimals with labels."""
    rows = [f'"{cell}"{separator}{row % 2}' for row, cell in enumerate(cells)]
    return read(write(path, "\n".join([f"a{separator}y", *rows])), LABEL)


@pytest.mark.parametrize(
    ("cells", "separator", "expected"),
    [
        (["1,234", "999", "12,345,678", "-1,000.5"], ",", [1234, 999, 12345678, -1000.5]),
        (["1.234", "0,5", "12.345,25", "7"], ";", [1234, 0.5, 12345.25, 7]),
        (["1.234.567", "2,25", "-1.000", "0"], "\t", [1234567, 2.25, -1000, 0]),
    ],
)
def test_marks_between_thousands_are_recognised(
    tmp_path: Path, cells: list[str], separator: str, expected: list[float]
) -> None:
    np.testing.assert_array_equal(numbers(tmp_path / "a.csv", cells, separator).X, [expected])


@pytest.mark.parametrize(
    ("cells", "separator", "wrong"),
    [
        (["1,234", "2,345", "3,456", "4,567"], ";", "1,234"),
        (["1.5", "2,5", "3,5", "4,5"], ";", "1.5"),
        (["1,234", "12,34,567", "1", "2"], ",", "12,34,567"),
    ],
)
def test_numbers_that_may_be_two_are_not_guessed(tmp_path: Path, cells: list[str], separator: str, wrong: str) -> None:
    with pytest.raises(UnusableInput, match=rf"not numeric: a \('{wrong}'\)"):
        numbers(tmp_path / "a.csv", cells, separator)


def test_one_hot_labels_are_no_features(tmp_path: Path) -> None:
    hot = FRAME.assign(y_M=(FRAME.y == "M").astype(int), y_R=(FRAME.y == "R").astype(int)).drop(columns="y")
    told = refusal(tmp_path / "a.csv", hot.to_csv(index=False), ReadOptions())
    assert "the labels in another form: y_M; go on with --label y_R --drop y_M, or" in told
    three = FRAME.drop(columns="y").assign(**{f"kind_{n}": [int(row % 3 == n) for row in range(M)] for n in range(3)})
    told = refusal(tmp_path / "b.csv", three.to_csv(index=False), ReadOptions(label="kind_0"))
    assert told.startswith("the labels in another form: kind_1, kind_2; go on with --drop kind_1,kind_2, or --keep")
    kept = read(str(tmp_path / "b.csv"), ReadOptions(label="kind_0", keep=("kind_1", "kind_2")))
    assert kept.n_x == 5


def test_a_code_of_the_labels_is_no_feature(tmp_path: Path) -> None:
    coded = FRAME.assign(code=[1 + row % 2 for row in range(M)])
    told = refusal(tmp_path / "a.csv", coded.to_csv(index=False))
    assert told.startswith(
        "the labels in another form: code; go on with --drop code, or --keep code if it is a feature"
    )
    coded.to_json(tmp_path / "a.json")
    with pytest.raises(UnusableInput, match="the labels in another form: code; go on with --drop code"):
        read(str(tmp_path / "a.json"), LABEL)
    almost = coded.assign(code=[2, *coded.code[1:]])
    assert read(write(tmp_path / "b.csv", text(almost)), LABEL).n_x == 4


@pytest.mark.parametrize(
    ("name", "contents", "told"),
    [
        ("a.pkl", pickle.dumps({"a": [1]}), "is a pickle, which is never opened"),
        ("a.txt", pickle.dumps([{"a": 1.5}], protocol=0), "is a pickle, which is never opened"),
        ("b.txt", pickle.dumps(np.zeros(3), protocol=0), "is a pickle, which is never opened"),
        ("data_batch_1", pickle.dumps([1], protocol=2), "is a pickle, which is never opened"),
        ("a.orc", b"ORC", "is an ORC file"),
        ("a.zip", zipped(**{"a.csv": "1", "b.csv": "2"}), "holds 2 files (a.csv, b.csv); go on with --data "),
        ("a.csv", "404: Not Found", "is a web server's error message"),
        ("a.csv", "<?xml version='1.0'?><Error/>", "is XML, not the data"),
        (
            "a.arff",
            "@relation s\n@attribute a real\n@data\n{0 1}, {2}\n",
            "not a sparse ARFF file (a line isn't a list",
        ),
        ("a.arff", "@relation s\n@attribute a real\n@data\n{5 1}\n", "not a sparse ARFF file (a line has a position"),
        (
            "a.arff",
            "@relation s\n@attribute a real\n@data\n{0 1,0 2}\n",
            "not a sparse ARFF file (a line has a position",
        ),
        ("a.arff", "@relation s\n@attribute a real\n", "an ARFF file without a line `@data`"),
        ("a.json", "{", "not a table in JSON"),
        ("a.feather", b"ARROW1 and no more", "not a whole Feather file"),
        ("a.csv", "a,b,y\n", "holds a single line"),
        ("cat.png", b"\x89PNG\r\n", "is an image; name a folder"),
        ("a.bin", b"\1\2\3", "a file of unknown kind"),
    ],
)
def test_what_is_not_read_is_named(tmp_path: Path, name: str, contents: str | bytes, told: str) -> None:
    assert refusal(tmp_path / name, contents, ReadOptions()).startswith(told)


@pytest.mark.parametrize("write_array", [np.save, np.savez])
def test_arrays_are_recognised_under_any_name(tmp_path: Path, write_array: Callable[..., None]) -> None:
    path = tmp_path / "arrays"
    with path.open("wb") as stream:
        write_array(stream, VALUES)
    if write_array is np.save:
        np.testing.assert_array_equal(next(read_features(str(path), Wanted(3))).X, VALUES.T)
    else:
        with pytest.raises(UnusableInput, match="holds arr_0 alone; if its last column"):
            read(str(path))


def test_records_may_lack_a_value(tmp_path: Path) -> None:
    records = [{"a": row, "b": row % 3 or None, "y": row % 2} for row in range(9)]
    assert refusal(tmp_path / "a.json", json.dumps(records)).startswith("numbers are missing: b")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_files_of_mnist_are_read(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    images, labels = np.arange(4 * 6, dtype=np.uint8).reshape(4, 3, 2), np.array([0, 1, 1, 0], np.uint8)
    path, beside = tmp_path / "train-images-idx3-ubyte", tmp_path / "train-labels-idx1-ubyte"
    path.write_bytes(pack(struct.pack(">4I", 0x803, 4, 3, 2) + images.tobytes()))
    beside.write_bytes(pack(struct.pack(">2I", 0x801, 4) + labels.tobytes()))
    with pytest.raises(UnusableInput, match=f"has no labels; go on with --label {beside}, or name"):
        read(str(path))
    dataset = read(str(path), ReadOptions(label=str(beside)))
    np.testing.assert_array_equal(dataset.X, images.reshape(4, 6).T)
    np.testing.assert_array_equal(dataset.labels, labels)
    np.testing.assert_array_equal(next(read_features(str(path), Wanted(6, (3, 2, 1)))).X, dataset.X)
    path.write_bytes(path.read_bytes()[:24])
    with pytest.raises(UnusableInput, match=r"not a whole IDX file|not a table"):
        read(str(path), ReadOptions(label=str(beside)))


def test_letters_of_windows_are_read(tmp_path: Path) -> None:
    table = FRAME.rename(columns={"a": "Preis €", "b": "„b“"}).replace({"y": {"R": "Rübe"}})
    dataset = read(write(tmp_path / "a.csv", text(table).encode("cp1252")), LABEL)
    assert dataset.features == ("Preis €", "„b“", "c")
    assert dataset.classes == ("M", "Rübe")


@pytest.mark.parametrize(
    ("columns", "label"),
    [
        ({"a": 7, "y": 2, "b": 90}, "y"),
        ({"a": 90, "status": 2, "gender": 2}, "status"),
        ({"a": 90, "two": 2, "c": 90}, "two"),
        ({"two": 2, "a": 90, "c": 90}, "two"),
        ({"a": 90, "last": 3}, "last"),
        ({"two": 2, "a": 90, "last": 5}, "last"),
        ({"a": 90, "two": 2, "b": 90, "children": 9}, "two"),
        ({"deny": 2, "a": 90, "alone": 2}, "deny"),
    ],
)
def test_a_likely_column_of_labels_is_named(tmp_path: Path, columns: dict[str, int], label: str) -> None:
    rows = [",".join(str(row * 7 % many) for many in columns.values()) for row in range(200)]
    told = refusal(tmp_path / "a.csv", "\n".join([",".join(columns), *rows]), ReadOptions())
    assert f"go on with --label {label}" in told


def test_the_last_column_is_likely_if_it_alone_has_text(tmp_path: Path) -> None:
    rows = [f"{row % 2},{row % 3 % 2},ill {row % 25}" for row in range(500)]
    told = refusal(tmp_path / "a.csv", "\n".join(["fever,rash,prognosis", *rows]), ReadOptions())
    assert "go on with --label prognosis" in told


def test_a_usual_name_counts_more_than_two_values(tmp_path: Path) -> None:
    rows = [f"{row % 90},{int(row > 1500)},{row % 2}" for row in range(2000)]
    told = refusal(tmp_path / "a.csv", "\n".join(["a,Outcome,b", *rows]), ReadOptions())
    assert "go on with --label Outcome" in told
    told = refusal(tmp_path / "a.csv", "\n".join(["a,Outcome,b", *rows[:1000]]), ReadOptions())
    assert told.startswith("all labels in 'Outcome' are 0; ")


SPARSE = """% made here
@relation words
@attribute free real
@attribute 'at home' numeric
@attribute sender {friend, 'bank, or shop'}
@attribute class {ham, spam}

@data
{0 1.5, 2 'bank, or shop', 3 spam}
% a comment
{1 -2}
{}
{ 0  1 ,3 spam }
"""


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
def test_a_sparse_arff_file_is_read(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """A number that a line leaves out is 0, a nominal value the first of its list."""
    (tmp_path / "a.arff").write_bytes(pack((SPARSE + "{1 3}\n{0 2,3 spam}\n" * 4).encode()))
    dataset = read(str(tmp_path / "a.arff"), ReadOptions(guesses=True))
    assert (dataset.label, dataset.classes, dataset.m) == ("class", ("ham", "spam"), 12)
    assert dataset.features == ("free", "at home", "sender=bank, or shop", "sender=friend")
    np.testing.assert_array_equal(dataset.X[:, :4], [[1.5, 0, 0, 1], [0, -2, 0, 0], [1, 0, 0, 0], [0, 1, 1, 1]])
    np.testing.assert_array_equal(dataset.labels, [1, 0, 0, 1] + [0, 1] * 4)
    wanted = Wanted(4, names=dataset.features)
    np.testing.assert_array_equal(next(read_features(str(tmp_path / "a.arff"), wanted)).X, dataset.X)


def test_a_value_left_out_may_hold_quotes_and_braces(tmp_path: Path) -> None:
    values = [r"'it\'s'", r'"a \"b\""', "'a}, b'"]
    for value in values:
        head = f"@relation s\n@attribute a real\n@attribute kind {{{value},other}}\n@attribute y {{no,yes}}\n@data\n"
        left_out = ["{0 1}", "{0 2,2 yes}", "{0 3,1 other}", "{0 4,1 other,2 yes}"] * 3
        both = []
        for name, lines in (
            ("a.arff", left_out),
            ("b.arff", [one.replace("1}", f"1,1 {value}}}") for one in left_out]),
        ):
            (tmp_path / name).write_text(head + "\n".join(lines))
            both.append(read(str(tmp_path / name), ReadOptions(guesses=True)))
        assert both[0].features == both[1].features
        assert len(both[0].features) == 3
        np.testing.assert_array_equal(both[0].X, both[1].X)


def test_braces_in_a_table_are_no_sparse_arff_file(tmp_path: Path) -> None:
    (tmp_path / "a.arff").write_text("@relation s\n@attribute {b real\n@attribute y {0,1}\n@data\n" + "1,0\n2,1\n" * 6)
    assert read(str(tmp_path / "a.arff"), ReadOptions(guesses=True)).features == ("{b",)
