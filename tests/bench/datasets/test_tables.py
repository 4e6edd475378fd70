"""Tables as people have them: dialects, headers, columns that number the examples, labels. The files are made here."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gradrace.bench.datasets.dialects.arff import arff_of
from gradrace.bench.datasets.dialects.numerals import PLAIN
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.read import read, read_features
from gradrace.bench.results import UnusableInput
from tests.bench.datasets import sources

M = 40
VALUES = np.random.default_rng(0).normal(size=(M, 3)).round(4)
KINDS = ["M", "R"] * (M // 2)
FRAME = pd.DataFrame(VALUES, columns=["a", "b", "c"]).assign(y=KINDS)
WITHOUT_NAMES = FRAME.to_csv(index=False, header=False)


def text(frame: pd.DataFrame = FRAME, **options: object) -> str:
    return str(frame.to_csv(index=False, **options))


def write(path: Path, contents: str | bytes) -> str:
    path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
    return str(path)


def refusal(path: Path, contents: str | bytes, how: ReadOptions | None = None) -> str:
    """Return the message that refuses a file, without its name."""
    return sources.refusal(write(path, contents), how or ReadOptions(label="y"))


def same(dataset: Dataset, names: tuple[str, ...] = ("a", "b", "c")) -> None:
    """Whether these are the examples of FRAME, all of them."""
    assert dataset.features == names
    assert dataset.classes == ("M", "R")
    np.testing.assert_allclose(dataset.X, VALUES.T, rtol=1e-12)
    np.testing.assert_array_equal(dataset.labels, [0, 1] * (M // 2))


DIALECTS: dict[str, tuple[str, str | bytes]] = {
    "comma": ("a.csv", text()),
    "semicolon": ("a.csv", text(sep=";")),
    "decimal commas": ("a.csv", text(sep=";", decimal=",")),
    "decimal commas between tabs": ("a.txt", text(sep="\t", decimal=",")),
    "tab": ("a.tsv", text(sep="\t")),
    "tab in a .csv": ("a.csv", text(sep="\t")),
    "bar": ("a.data", text(sep="|")),
    "a blank": ("a.txt", text(sep=" ")),
    "blanks in columns": ("a.data", FRAME.to_string(index=False)),
    "gzip": ("a.csv.gz", gzip.compress(text().encode())),
    "gzip by another name": ("a.csv", gzip.compress(text(sep=";").encode())),
    "byte-order mark": ("a.csv", text().encode("utf-8-sig")),
    "UTF-16": ("a.csv", text().encode("utf-16")),
    "UTF-16 without a mark": ("a.txt", text(sep="\t").encode("utf-16-le")),
    "UTF-16 of the other kind": ("a.csv", text().encode("utf-16-be")),
    "sep line": ("a.csv", "sep=;\n" + text(sep=";")),
    "quoted sep line": ("a.csv", '"sep=|"\r\n' + text(sep="|", lineterminator="\r\n")),
    "trailing separators": ("a.csv", text().replace("\n", ",\n")),
    "trailing separators below the names": ("a.csv", text().replace("\n", ",\n").replace(",\n", "\n", 1)),
    "CRLF": ("a.csv", text(lineterminator="\r\n")),
    "CR": ("a.csv", text(lineterminator="\r")),
    "blanks around cells": ("a.csv", text().replace(",", " , ")),
    "quoted": ("a.csv", text(quoting=1)),
    "quoted decimal commas": ("a.csv", text(quoting=1, sep=";", decimal=",")),
    "tabs that repeat in some lines": ("a.txt", text(sep="\t").replace("\tM", "\t\tM")),
    "another suffix": ("a.dat", text(sep=" ")),
    "quoted decimal commas between commas": ("a.csv", text(quoting=1, decimal=",")),
    "blank lines": ("a.csv", "\n\n" + text().replace("\n", "\n\n")),
    "no end of line": ("a.csv", text().rstrip("\n")),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_is_recognised(tmp_path: Path, name: str) -> None:
    file, contents = DIALECTS[name]
    path = write(tmp_path / file, contents)
    same(read(path, ReadOptions(label="y")))
    features = next(read_features(path, Wanted(3, names=("c", "a", "b")))).X
    np.testing.assert_allclose(features, VALUES.T[[2, 0, 1]], rtol=1e-12)


def test_a_table_of_ten_thousand_columns_is_read(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(30, 10_000)).round(3)
    frame = pd.DataFrame(X).add_prefix("gene").assign(y=[0, 1] * 15)
    np.testing.assert_allclose(read(write(tmp_path / "a.csv", text(frame)), ReadOptions(label="y")).X, X.T)
    frame.loc[[3, 7], ["gene5", "gene9000"]] = np.nan
    frame["gene77"] = "x"
    told = refusal(tmp_path / "a.csv", text(frame))
    assert told.startswith(
        "not numeric: gene77 ('x'); numbers are missing: gene5, gene9000; go on with --drop gene5,gene77,gene9000, or"
    )


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-16"])
def test_letters_of_any_encoding_are_kept(tmp_path: Path, encoding: str) -> None:
    frame = FRAME.rename(columns={"a": "Größe"}).assign(y=["Mädchen", "Junge"] * 20)
    dataset = read(write(tmp_path / "a.csv", text(frame).encode(encoding)), ReadOptions(label="y"))
    assert (dataset.features, dataset.classes) == (("Größe", "b", "c"), ("Junge", "Mädchen"))


def test_a_letter_far_behind_the_first_lines_decides_the_encoding(tmp_path: Path) -> None:
    contents = ("a,y\n" + "1,x\n2,z\n" * 200_000).encode() + b"3,x\n4,\xe4\n"
    dataset = read(write(tmp_path / "a.csv", contents), ReadOptions(label="y", positive="ä"))
    assert (dataset.m, dataset.labels.sum()) == (400_002, 1)
    assert next(read_features(str(tmp_path / "a.csv"), Wanted(1, names=("a",)))).X.shape == (1, 400_002)


@pytest.mark.parametrize(
    ("contents", "cause"),
    [
        ("<!DOCTYPE html>\n<html>", "is a web page (HTML), not the data; download the file itself"),
        ("\n<html lang='en'>", "is a web page"),
        (gzip.compress(b"<!DOCTYPE html>\n<html>", mtime=0), "is a web page (HTML), not the data"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 3\n", "is a Git LFS pointer, not the data"),
        (b"a,y\n\x00\x01\x02\x03,1\n", "not a table (it holds bytes that aren't text)"),
        ("\n \n", "is empty"),
        ("a,b,y\n1,2,0\n1,2,1,4\n", "not a table: line 3 has 4 cells, not 3; correct it, or delete line "),
        ("a,b,y\n1,2,0\n1\n", "not a table: line 3 has 1 cells, not 3; correct it, or delete line "),
        ("Some title\na,b,y\n1,2,0\n", "its first line has 1 of 3 cells; delete the lines before the table"),
        ("a,y,\n" + "1,0,\n2,1,\n" * 500 + "3,0,5\n", "not a table"),
    ],
)
def test_what_is_no_table_is_named(tmp_path: Path, contents: str | bytes, cause: str) -> None:
    assert refusal(tmp_path / "a.csv", contents, ReadOptions(label="y", header=True)).startswith(cause)


class TestHeader:
    @pytest.mark.parametrize(
        ("contents", "option"),
        [
            (WITHOUT_NAMES, "--label 4"),
            (FRAME[["y", "a", "b", "c"]].to_csv(index=False, header=False), "--label 1"),
            (FRAME[["a", "y", "b", "c"]].to_csv(index=False, header=False), "--label 2"),
            ("8.5   8\t'a b'\n9.5   4\t'c d'\n9.5   8\t'c d'\n9.5   4\t'a b'\n".replace("'", '"') * 20, "--label 3"),
            ("".join(f"{n * n},{'MB'[n % 2]},{n % 7}.5\n" for n in range(30)), "--label 2 --drop 1"),
            ("5,3,1\n4,9,0\n7,1,1\n" * 9, "--label 3"),
            ("39, State, 77, 1\n50, Self, 83, 0\n38, Private, 21, 1\n" * 9, "--label 4 --drop 2"),
            ("vhigh,vhigh,2,4,unacc\nvhigh,low,4,5,acc\nlow,vhigh,2,4,acc\n" * 9, "--label 5 --drop 1,2"),
            ("5.1,3.5,Iris-a\n4.9,3.0,Iris-b\n6.2,3.1,Iris-c\n4.9,3.1,Iris-a\n" * 9, "--label 3 --positive Iris-a"),
        ],
    )
    def test_an_example_in_place_of_names_is_named(self, tmp_path: Path, contents: str, option: str) -> None:
        told = refusal(tmp_path / "a.data", contents, ReadOptions())
        assert told.startswith("its first line is an example, not names (")
        assert f"; go on with --no-header {option}, or --header if they are names" in told

    def test_repeated_letters_are_no_names(self, tmp_path: Path) -> None:
        told = refusal(tmp_path / "a.data", "p,x,s,n,p\ne,x,s,y,p\np,s,s,n,e\n" * 5, ReadOptions())
        assert "its first line is an example" in told
        assert "no feature is left without them: go on with --data" in told

    @pytest.mark.parametrize("first", ["ham,Ok lar", "spam,Free entry"])
    def test_a_first_line_with_a_class_of_other_lines_is_an_example(self, tmp_path: Path, first: str) -> None:
        rows = "".join(f"{'spam' if row % 3 else 'ham'},text of {row}\n" for row in range(20))
        told = refusal(tmp_path / "a.csv", f"{first}\n{rows}", ReadOptions(guesses=True))
        assert told.startswith("its first line is an example, not names (")

    @pytest.mark.parametrize("first", ["kind,text", "a,b"])
    def test_a_first_line_without_one_holds_names(self, tmp_path: Path, first: str) -> None:
        rows = "".join(f"{'yes' if row % 3 else 'no'},text {row}\n" for row in range(20))
        assert "example" not in refusal(tmp_path / "a.csv", f"{first}\n{rows}", ReadOptions(guesses=True))

    @pytest.mark.parametrize("first", ["A,B,label", "yes,no,label", "city,kind,sex"])
    def test_names_that_are_values_of_a_few_columns_are_names(self, tmp_path: Path, first: str) -> None:
        values = [("A", "B", "no"), ("yes", "C", "yes"), ("A", "D", "sex")]
        rows = "".join(",".join(values[row % 3]) + "\n" for row in range(30))
        told = refusal(tmp_path / "a.csv", f"{first}\n{rows}", ReadOptions(label=first.rpartition(",")[2]))
        assert "no feature is left without them: go on with " in told
        assert "first line" not in told

    def test_a_text_with_its_class_0_is_no_name(self, tmp_path: Path) -> None:
        rows = "".join(f"some text of {row}\t{row * row % 3 % 2}\n" for row in range(30))
        told = refusal(tmp_path / "a.txt", rows, ReadOptions(guesses=True))
        assert told.startswith("its first line is an example, not names (some text of 0, 0, …)")

    def test_names_that_come_again_in_a_table_of_text_are_said(self, tmp_path: Path) -> None:
        rows = "".join(f"{'Rome' if row % 3 else 'Paris'},{'yes' if row % 2 else 'no'}\n" for row in range(20))
        told = refusal(tmp_path / "a.csv", f"city,label\n{rows}city,label\n{rows}", ReadOptions(guesses=True))
        assert told.startswith("lines repeat the names of the columns; go on with --data ")

    def test_several_empty_columns_at_the_end_are_left_out(self, tmp_path: Path) -> None:
        rows = "".join(f"{row % 7},{row % 5},{'yes' if row % 3 else 'no'},,,\n" for row in range(20))
        dataset = read(write(tmp_path / "a.csv", f"a,b,label,,,\n{rows}"), ReadOptions(guesses=True))
        assert (dataset.features, dataset.m) == (("a", "b"), 20)

    @pytest.mark.parametrize(("place", "label"), [(0, 1), (2, 3)])
    def test_the_only_column_of_letters_may_hold_many_classes(self, tmp_path: Path, place: int, label: int) -> None:
        lines = [[str(row % 16), str(row % 7)] for row in range(520)]
        for row, line in enumerate(lines):
            line.insert(place, chr(ord("A") + row % 26))
        text, how = "".join(",".join(line) + "\n" for line in lines), ReadOptions(header=False, label=str(label))
        told = refusal(tmp_path / "a.data", text, ReadOptions())
        assert f"go on with --no-header --label {label} --positive A" in told
        assert f"go on with --no-header --label {label}, or" in refusal(tmp_path / "a.data", text, GUESSES)
        assert read(str(tmp_path / "a.data"), replace(how, guesses=True)).classes == ("not A", "A")

    def test_columns_without_names_are_numbered(self, tmp_path: Path) -> None:
        dataset = read(write(tmp_path / "a.data", WITHOUT_NAMES), ReadOptions(label="4", header=False))
        same(dataset, ("1", "2", "3"))
        assert dataset.unnamed == ("1", "2", "3")

    @pytest.mark.parametrize("names", [["0", "1", "2", "3"], ["0", "1", "2", "y"], ["1990", "1991", "1992", "1993"]])
    def test_numbers_that_count_up_are_names(self, tmp_path: Path, names: list[str]) -> None:
        frame = FRAME.set_axis(names, axis=1)
        same(read(write(tmp_path / "a.csv", text(frame)), ReadOptions(label=names[-1])), tuple(names[:3]))

    def test_names_of_text_above_numbers_are_names(self, tmp_path: Path) -> None:
        dataset = read(write(tmp_path / "a.csv", "year,2010,0.5,y\n1,2,3,0\n2,4,5,1\n"), ReadOptions(label="y"))
        assert (dataset.m, dataset.features) == (2, ("year", "2010", "0.5"))

    def test_a_header_can_be_told(self, tmp_path: Path) -> None:
        contents = "2010,2015,3\n4,5,6\n1,7,2\n"
        assert read(write(tmp_path / "a.csv", contents), ReadOptions(label="3", header=True)).m == 2
        dataset = read(write(tmp_path / "a.csv", contents), ReadOptions(label="3", header=False, positive="3"))
        assert dataset.m == 3

    @pytest.mark.parametrize("columns", [["a", "y", "b", "c"], ["a", "b", "c"], ["b", "c"]])
    def test_a_model_finds_its_columns_without_names(self, tmp_path: Path, columns: list[str]) -> None:
        path = write(tmp_path / "a.data", FRAME[columns].to_csv(index=False, header=False))
        wanted = Wanted(2, names=("3", "4"), unnamed=("1", "3", "4"))
        np.testing.assert_allclose(next(read_features(path, wanted)).X, VALUES.T[1:], rtol=1e-12)

    @pytest.mark.parametrize("place", [0, 2, 3])
    def test_labels_are_no_feature_where_the_column_that_was_left_out_is_missing(
        self, tmp_path: Path, place: int
    ) -> None:
        X = np.random.default_rng(0).normal(size=(M, 2))
        frame = pd.DataFrame({"id": range(7, 7 + M), "a": X[:, 0], "b": X[:, 1]})
        frame.insert(place, "y", [row % 2 for row in range(M)])
        path = write(tmp_path / "a.data", frame.to_csv(index=False, header=False))
        dataset = read(path, ReadOptions(guesses=True, header=False, label=str(place + 1)))
        wanted = Wanted(2, names=dataset.features, unnamed=dataset.unnamed)
        for left in (["id", "a", "b"], ["a", "b"], [*frame]):
            path = write(tmp_path / "b.data", frame[left].to_csv(index=False, header=False))
            np.testing.assert_allclose(next(read_features(path, wanted)).X, X.T, rtol=1e-12)
        path = write(tmp_path / "c.data", frame.drop(columns="id").to_csv(index=False, header=False))
        with pytest.raises(UnusableInput, match=r"3 columns: either the labels or column \d of 4 may be missing; give"):
            next(read_features(path, wanted))

    def test_a_table_of_another_width_is_refused(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.data", "1,2,3,4,5\n")
        with pytest.raises(UnusableInput, match="5 columns, but the model was trained on 4 with the labels"):
            next(read_features(path, Wanted(2, names=("3", "4"), unnamed=("1", "3", "4"))))


NUMBERED: dict[str, tuple[str, pd.DataFrame]] = {
    "pandas' index": ("Unnamed: 0", FRAME.reset_index().rename(columns={"index": ""})),
    "counts from 1": ("nr of it", FRAME.assign(**{"nr of it": range(1, M + 1)})),
    "an id in any order": ("Id", FRAME.assign(Id=np.random.default_rng(0).permutation(M) * 7)),
    "passengers": ("PassengerId", FRAME.assign(PassengerId=range(100, 100 + 2 * M, 2))),
}


@pytest.mark.parametrize("kind", NUMBERED)
def test_a_column_that_numbers_the_examples_is_no_feature(tmp_path: Path, kind: str) -> None:
    name, frame = NUMBERED[kind]
    quoted = f"'{name}'" if " " in name else name
    told = refusal(tmp_path / "a.csv", text(frame))
    assert told == (f"number of the example: {name}; go on with --drop {quoted}, or --keep {quoted} if it is a feature")
    same(read(str(tmp_path / "a.csv"), ReadOptions(label="y", drop=(name,))))
    assert read(str(tmp_path / "a.csv"), ReadOptions(label="y", keep=(name,))).n_x == 4
    only = ReadOptions(label="y", only=("c", "a"))
    np.testing.assert_allclose(read(str(tmp_path / "a.csv"), only).X, VALUES.T[[2, 0]], rtol=1e-12)


@pytest.mark.parametrize("apart", [" ", "\t", ",", ";"])
def test_names_may_stand_in_single_quotes_beside_any_separator(tmp_path: Path, apart: str) -> None:
    lines = ["'GPA' 'PSI' 'GRADE'", *(f"{row % 7}.5 {row % 3} {row % 2}" for row in range(12))]
    (tmp_path / "a.csv").write_text("\n".join(lines).replace(" ", apart))
    assert read(str(tmp_path / "a.csv"), ReadOptions(guesses=True, label="GRADE")).features == ("GPA", "PSI")


def test_row_names_of_r_are_no_feature(tmp_path: Path) -> None:
    frame = FRAME.set_axis([f"row {number}" for number in range(M)])
    contents = frame.to_csv(sep=" ", quoting=2).replace('"" ', "", 1)
    assert "--drop rownames" in refusal(tmp_path / "a.txt", contents)
    same(read(str(tmp_path / "a.txt"), ReadOptions(label="y", drop=("rownames",))))


def test_an_id_without_a_name_is_no_feature(tmp_path: Path) -> None:
    frame = FRAME.assign(id=np.random.default_rng(0).permutation(10**6)[:M])[["id", "y", "a", "b", "c"]]
    told = refusal(tmp_path / "a.data", frame.to_csv(index=False, header=False), ReadOptions())
    assert "go on with --no-header --label 2 --drop 1, or" in told
    same(read(str(tmp_path / "a.data"), ReadOptions(label="2", header=False, drop=("1",))), ("3", "4", "5"))


def test_the_only_feature_may_count_the_examples(tmp_path: Path) -> None:
    contents = "x,y\n" + "".join(f"{number},{number // 10}\n" for number in range(20))
    assert refusal(tmp_path / "a.csv", contents) == "number of the example: x; go on with --keep x"
    assert read(str(tmp_path / "a.csv"), ReadOptions(label="y", keep=("x",))).n_x == 1


def test_whole_numbers_that_repeat_or_leave_gaps_are_features(tmp_path: Path) -> None:
    frame = FRAME.assign(rooms=[1, 2, 3, 4] * 10, size=range(0, 2 * M, 2))
    assert read(write(tmp_path / "a.csv", text(frame)), ReadOptions(label="y")).n_x == 5


class TestAllAtOnce:
    FAULTS = FRAME.assign(
        **{
            "name": ["Al", "Bo"] * 20,
            "fare, in £": ["?", *range(M - 1)],
            "seats": [np.nan, *[2.0] * (M - 1)],
            "one": 1,
            "id": range(M),
        }
    )
    DROPPED = ("name", "fare, in £", "seats", "one", "id")

    def test_they_are_named_in_one_line(self, tmp_path: Path) -> None:
        told = refusal(tmp_path / "a.csv", text(self.FAULTS))
        assert told.startswith(
            "not numeric: name ('Al'); numbers are missing: fare, in £, seats; constant: one; "
            "number of the example: id; go on with --drop 'name,\"fare, in £\",seats,one,id', or --keep id if"
        )
        same(read(str(tmp_path / "a.csv"), ReadOptions(label="y", drop=self.DROPPED)))

    def test_parquet_has_the_same_checks(self, tmp_path: Path) -> None:
        pytest.importorskip("pyarrow")
        path = tmp_path / "a.parquet"
        self.FAULTS.astype({"fare, in £": str}).to_parquet(path)
        for memory_bytes in (None, 1e6):
            with pytest.raises(UnusableInput, match=r"go on with --drop '?name,\"fare, in £\",seats"):
                read(str(path), ReadOptions(label="y", memory_bytes=memory_bytes))
        same(read(str(path), ReadOptions(label="y", drop=self.DROPPED)))

    def test_parquet_offers_its_label_at_the_same_time(self, tmp_path: Path) -> None:
        pytest.importorskip("pyarrow")
        frame = self.FAULTS.drop(columns=["fare, in £"]).assign(y=["a", "b", "c", "b"] * 10)
        frame.rename(columns={"y": "Species"}).to_parquet(tmp_path / "a.parquet")
        expected = "go on with --label Species --positive a --drop name,seats,one,id, or"
        with pytest.raises(UnusableInput, match=expected):
            read(str(tmp_path / "a.parquet"))

    def test_a_constant_alone_is_a_feature(self, tmp_path: Path) -> None:
        assert read(write(tmp_path / "a.csv", text(FRAME.assign(one=1))), ReadOptions(label="y")).n_x == 4

    @pytest.mark.parametrize("cell", ["", "?", "NA", "nan", "null", "None", " ? ", "-", ".", "--", "\\N", "*", "n.a."])
    def test_a_missing_number_is_known_by_many_words(self, tmp_path: Path, cell: str) -> None:
        told = refusal(tmp_path / "a.csv", f"a,b,y\n1,2,0\n{cell},3,1\n")
        assert told.startswith("numbers are missing: a; go on with --drop a, or make them numbers: docs/")

    @pytest.mark.parametrize("contents", [",y\n,0\n,1\n", ",,y\n,,0\n,,1\n", "y,\n0,\n1,\n", ";y;\n;0;\n;1;\n"])
    def test_a_table_whose_features_are_all_empty_is_refused(self, tmp_path: Path, contents: str) -> None:
        told = refusal(tmp_path / "a.csv", contents)
        assert re.fullmatch("no column except the labels( has values)?; add features", told)

    def test_a_fault_after_many_lines_is_named(self, tmp_path: Path) -> None:
        contents = "a,b,y\n" + "1,2,0\n3,1,1\n" * 300_000
        assert refusal(tmp_path / "a.csv", contents + "x,?,1\n").startswith(
            "not numeric: a ('x'); numbers are missing: b; no feature is left"
        )

    def test_a_table_with_faults_is_not_read_to_its_end(self, tmp_path: Path) -> None:
        contents = "a,b,y\n" + "x,2,0\n3,1,1\n5,1,0\n" * 200_000 + "1,2026-11-29,1\n"
        assert refusal(tmp_path / "a.csv", contents).startswith("not numeric: a ('x'); go on with")
        told = refusal(tmp_path / "a.csv", contents + "1,2,3,4,5\n")
        assert told.startswith("not a table: line 600003 has 5 cells, not 3; correct it, or delete line 600003, ")

    def test_no_feature_is_left(self, tmp_path: Path) -> None:
        told = refusal(tmp_path / "a.csv", "name,y\nAl,0\nBo,1\n")
        assert told == (
            "not numeric: name ('Al'); no feature is left without them: make them numbers by "
            "docs/how-to/your-own-data.md#text-and-missing-values"
        )
        assert "--drop leaves no feature" in refusal(
            tmp_path / "a.csv", "a,y\n1,0\n2,1\n", ReadOptions(label="y", drop=("a",))
        )

    def test_thousands_are_no_decimals(self, tmp_path: Path) -> None:
        assert "not numeric: a ('1,234')" in refusal(tmp_path / "a.csv", "a;b;y\n1,234;2;0\n2,345;3;1\n")


class TestLabels:
    @pytest.mark.parametrize(
        ("cells", "positive", "classes"),
        [
            (["None", "NA", "NA"], None, ("NA", "None")),
            (["nan", "b", "b"], "nan", ("b", "nan")),
            (["null", "N/A", "null"], None, ("N/A", "null")),
            (["True", "False", "True"], "True", ("False", "True")),
            (["TRUE", "FALSE", "TRUE"], None, ("FALSE", "TRUE")),
            (["  yes", "no ", "yes  "], "yes", ("no", "yes")),
            (["1", "0", "1"], "1", ("0", "1")),
            (["1.0", "0.0", "1.0"], "1.0", ("0", "1")),
            (["-1", "+1", "-1"], "+1", ("-1", "1")),
            (["1,5", "2,5", "2,5"], None, ("1.5", "2.5")),
        ],
    )
    def test_classes_are_those_of_the_file(
        self, tmp_path: Path, cells: list[str], positive: str | None, classes: tuple[str, str]
    ) -> None:
        contents = "a;y\n" + "".join(f"{place};{cell}\n" for place, cell in enumerate(cells))
        dataset = read(write(tmp_path / "a.csv", contents), ReadOptions(label="y", positive=positive))
        assert (dataset.m, dataset.classes) == (3, classes)

    def test_an_empty_label_is_missing(self, tmp_path: Path) -> None:
        assert refusal(tmp_path / "a.csv", "a,y\n1,no\n2, \n").startswith("the label of example 2 is missing")

    def test_a_missing_label_is_told_with_all_that_is_wrong(self, tmp_path: Path) -> None:
        told = refusal(tmp_path / "a.csv", "a,b,y\n1,Al,no\n2,Bo,\n3,Cy,yes\n,Di,yes\n")
        assert told.startswith(
            "the label of example 2 is missing; not numeric: b ('Al'); numbers are missing: a; go on"
        )

    @pytest.mark.parametrize("header", ["a,y\n", ""])
    def test_numbers_with_fractions_are_no_classes(self, tmp_path: Path, header: str) -> None:
        lines = header + "".join(f"{row * 7 % 11 - 1},{row * 1.25 + 0.1}\n" for row in range(30))
        told = refusal(tmp_path / "a.csv", lines, ReadOptions(label="y" if header else "2", guesses=True))
        assert told.startswith("the labels are 30 different numbers (")
        assert "; name another column or array with --label; for two classes, above their median and below, go" in told
        refused = refusal(tmp_path / "a.csv", lines, ReadOptions(guesses=True))
        assert "go on with --label y" not in refused
        assert "--label 2" not in refused

    def test_a_column_whose_values_all_differ_is_no_likely_label(self, tmp_path: Path) -> None:
        lines = "nr,a\n" + "".join(f"{row},{row * 1.25}\n" for row in range(15))
        assert "--label nr" not in refusal(tmp_path / "a.csv", lines, ReadOptions(guesses=True))

    def test_a_fraction_may_be_named_as_a_class(self, tmp_path: Path) -> None:
        lines = "a,y\n" + "".join(f"{row * 7 % 11},{row % 15 / 2}\n" for row in range(30))
        how = ReadOptions(label="y", positive="2.5")
        assert read(write(tmp_path / "a.csv", lines), how).labels.sum() == 2

    @pytest.mark.parametrize("name", ["label", "Class", "target", "species", "diagnosis"])
    def test_a_usual_name_of_labels_is_offered(self, tmp_path: Path, name: str) -> None:
        told = refusal(tmp_path / "a.csv", text(FRAME.rename(columns={"y": name})), ReadOptions())
        assert told.startswith(f"the column of labels isn't named; go on with --label {name}, or name another")

    def test_two_usual_names_are_not_chosen_between(self, tmp_path: Path) -> None:
        told = refusal(tmp_path / "a.csv", text(FRAME.assign(target=KINDS)), ReadOptions())
        assert told.startswith("the column of labels isn't named; not numeric: target ('M')")
        assert "; go on with --label y --drop target, or name another: the columns are 'a'," in told


class TestSvmlight:
    LINES = "".join(f"{1 if kind == 'R' else -1} 1:{a} 3:{c}\n" for (a, _, c), kind in zip(VALUES, KINDS, strict=True))

    @pytest.mark.parametrize("name", ["a.svm", "a.libsvm", "a.svmlight", "a.txt"])
    def test_absent_features_are_zero(self, tmp_path: Path, name: str) -> None:
        dataset = read(write(tmp_path / name, self.LINES))
        assert (dataset.classes, dataset.features) == (("-1", "1"), ("1", "2", "3"))
        np.testing.assert_allclose(dataset.X, (VALUES * [1, 0, 1]).T, rtol=1e-12)
        np.testing.assert_array_equal(dataset.labels, [0, 1] * (M // 2))

    def test_a_test_file_has_the_features_of_training(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.svm", "1 1:5\n-1 2:6\n")
        assert read(path).n_x == 2
        expected = [[5, 0], [0, 6], [0, 0]]
        np.testing.assert_array_equal(read(path, ReadOptions(only=("1", "2", "3"))).X, expected)
        np.testing.assert_array_equal(next(read_features(path, Wanted(3, names=("1", "2", "3")))).X, expected)
        with pytest.raises(UnusableInput, match="numbered 1 to 2, not 1 to 1 as in training"):
            read(path, ReadOptions(only=("1",)))

    def test_features_that_count_from_0_do_so_in_all_files(self, tmp_path: Path) -> None:
        names = read(write(tmp_path / "a.svm", "1 0:1 2:3\n-1 1:2\n")).features
        assert names == ("0", "1", "2")
        dataset = read(write(tmp_path / "b.svm", "1 1:5\n-1 2:6\n"), ReadOptions(only=names))
        np.testing.assert_array_equal(dataset.X, [[0, 0], [5, 0], [0, 6]])

    @pytest.mark.parametrize(
        ("lines", "told"),
        [("3,5 1:5\n7 2:6\n", "its lines have several labels"), ("1 1:5\n0 999999999999:6\n", "2 lines with")],
    )
    def test_what_the_first_lines_show_is_refused_without_reading_all(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str, told: str
    ) -> None:
        monkeypatch.setattr("sklearn.datasets.load_svmlight_file", lambda *_, **__: pytest.fail("all is read"))
        assert refusal(tmp_path / "a.svm", lines, ReadOptions()).startswith(told)

    def test_what_is_no_svmlight_is_refused(self, tmp_path: Path) -> None:
        assert refusal(tmp_path / "a.svm", "1 1:5 x\n", ReadOptions()).startswith("not an svmlight file")
        assert "--label is for tables" in refusal(tmp_path / "a.svm", "1 1:5\n")


@pytest.mark.parametrize(
    ("cell", "is_one"), [("1" * 100_000, True), ("1" * 100_000 + "x", False), ("1." * 1000, False)]
)
def test_a_long_cell_is_looked_at_once(cell: str, is_one: bool) -> None:
    """A pattern that goes back for each digit would take minutes."""
    assert PLAIN.is_number(cell) == is_one


@pytest.mark.parametrize("text", ["\n" * 100_000, "%\n" * 100_000], ids=["empty lines", "comments"])
def test_many_empty_lines_are_looked_at_once(text: str) -> None:
    assert arff_of(Path("a.arff"), text) is None
    with pytest.raises(UnusableInput, match="without a line `@data`"):
        arff_of(Path("a.arff"), f"@relation a{text}")


@pytest.mark.parametrize(
    "text",
    [
        "# x y label\n1 2 0\n3 4 1\n# break\n5 6 0\n7 8 1\n9 8 0\n",
        "# page one\x0c\nx,y,label\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n9,8,0\n",
        "# page one\u2028\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n9,8,0\n",
    ],
    ids=["a header and a break as comments", "a form feed", "a line separator"],
)
def test_comments_take_no_example_with_them(tmp_path: Path, text: str) -> None:
    found = read(
        write(tmp_path / "a.txt", text),
        ReadOptions(label="label") if "label" in text else ReadOptions(label="3", header=False),
    )
    assert found.m == 5


GUESSES = sources.GUESSES


def table(columns: dict[str, list[object]], **options: object) -> str:
    """Return a table of 40 examples: each column repeats its values."""
    cycled = {name: [values[row % len(values)] for row in range(M)] for name, values in columns.items()}
    return text(pd.DataFrame(cycled), **options)


NUMBERS: list[object] = [0.25 + place * 7 % 23 for place in range(23)]


class TestCertainLabel:
    @pytest.mark.parametrize(
        ("columns", "words"),
        [
            ({"a": NUMBERS, "Outcome": [0, 1]}, "the last column 'Outcome' (0, 1)"),
            ({"a": NUMBERS, "diagnosis": ["M", "B"], "b": NUMBERS}, "column 'diagnosis' (B, M)"),
            ({"survived": [0, 1], "a": NUMBERS, "sex": [3, 4, 5]}, "the first column 'survived' (0, 1)"),
            ({"a": NUMBERS, "kind": ["M", "B"]}, "the last column 'kind' (B, M)"),
            ({"kind": ["M", "B"], "a": NUMBERS}, "the first column 'kind' (B, M)"),
            ({"a": NUMBERS, "admitted": [0, 1]}, "the last column 'admitted' (0, 1)"),
            ({"default": [0, 1, 1], "a": NUMBERS, "y": [0, 1]}, "the last column 'y' (0, 1)"),
            ({"a": NUMBERS, "smokes": [0, 1, 1], "kind": ["M", "B"]}, "the last column 'kind' (B, M)"),
        ],
    )
    def test_it_is_used_and_said(self, tmp_path: Path, columns: dict[str, list[object]], words: str) -> None:
        for name, contents in (("a.csv", table(columns)), ("a.tsv", table(columns, sep="\t"))):
            dataset = read(write(tmp_path / name, contents), GUESSES)
            certain = (f"label: {words}; another: --label NAME",)
            last = ("'M' counts as 1: it sorts last; another: --positive B",) if "(B, M)" in words else ()
            assert dataset.readings == certain + last
            named = read(str(tmp_path / name), ReadOptions(label=dataset.label))
            assert (named.readings, named.features, named.classes) == ((), dataset.features, dataset.classes)
            np.testing.assert_array_equal(named.labels, dataset.labels)
        path = tmp_path / "a.json"
        pd.read_csv(tmp_path / "a.csv").to_json(path, orient="records")
        assert read(str(path), GUESSES).label == dataset.label

    @pytest.mark.parametrize(
        ("columns", "label"),
        [
            ({"a": NUMBERS, "class": [0, 1], "target": [1, 0, 0]}, "class"),
            ({"a": NUMBERS, "smokes": [0, 1], "ill": [0, 1, 1]}, "ill"),
            ({"a": NUMBERS, "sex": ["m", "f"], "ill": [0, 1, 1]}, "ill"),
            ({"a": NUMBERS, "year": [2019, 2020]}, "year"),
            ({"type": ["A", "B"], "a": NUMBERS}, "type"),
            ({"species": ["A", "B"], "a": NUMBERS, "ill": [0, 1, 1]}, "species"),
            ({"a": NUMBERS, "sex": ["m", "f"], "b": NUMBERS}, "sex"),
        ],
    )
    def test_of_two_candidates_none_is_taken(
        self, tmp_path: Path, columns: dict[str, list[object]], label: str
    ) -> None:
        told = refusal(tmp_path / "a.csv", table(columns), GUESSES)
        assert told.startswith("the column of labels isn't named; ")
        assert f"go on with --label {label}" in told

    def test_a_column_that_is_dropped_is_no_candidate(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", table({"a": NUMBERS, "sex": ["m", "f"], "ill": [0, 1, 1]}))
        assert read(path, ReadOptions(guesses=True, drop=("sex",))).label == "ill"

    def test_the_advice_to_drop_columns_leaves_the_labels_certain(self, tmp_path: Path) -> None:
        contents = table({"class": ["A", "B"], "a": NUMBERS, "two": [0, 1, 1], "date": ["1.", "2.", "x"]})
        assert "; go on with --drop date, or" in refusal(tmp_path / "a.csv", contents, GUESSES)
        assert read(str(tmp_path / "a.csv"), ReadOptions(guesses=True, drop=("date",))).label == "class"

    def test_several_classes_are_named_with_their_column(self, tmp_path: Path) -> None:
        told = refusal(tmp_path / "a.csv", table({"a": NUMBERS, "species": [30, 40, 60]}), GUESSES)
        step = "go on with --positive 30, or name another column of labels with --label"
        assert told == f"3 classes (30, 40, 60) in 'species'; {step}"

    @pytest.mark.parametrize(
        ("name", "place"),
        [
            *(("isFraud", -1), ("class_label", 0), ("Attrition_Flag", -1), ("target_5Yrs", -1), ("TARGET_CLASS", -1)),
            *(("Class/ASD", -1), ("diagnosisResult", 0), ("Klasse", -1), ("метка", -1), ("churn?", -1)),
        ],
    )
    def test_a_name_that_holds_a_usual_word_is_certain_at_either_end(
        self, tmp_path: Path, name: str, place: int
    ) -> None:
        """Other columns have two values, too, so that the name alone makes it certain."""
        columns: dict[str, list[object]] = {"a": NUMBERS, "two": [0, 1, 1, 0], "three": [4, 5, 5, 5, 4], "b": NUMBERS}
        items = [*columns.items()]
        items.insert(len(items) if place else 0, (name, ["0", "1", "1"]))
        dataset = read(write(tmp_path / "a.csv", table(dict(items))), GUESSES)
        assert dataset.label == name
        assert dataset.readings[0].startswith("label: the ")

    @pytest.mark.parametrize(
        "columns",
        [
            {"a": [3, 4], "class_size": [3, 4, 5], "two": [0, 1, 1]},  # neither end
            {"class_size": [3, 4, 5], "a": [3, 4], "two": [0, 1, 1]},  # several values, and another word at the end
            {"fraud_a": [0, 1, 1], "a": NUMBERS, "fraud_b": [0, 1, 0]},  # two of them
            {"targetB": [0, 1, 1], "a": NUMBERS, "two": [0, 1, 0]},  # the last has two values
            {"classical": [0, 1, 1], "a": NUMBERS, "two": [0, 1, 0]},  # another word
        ],
    )
    def test_a_word_in_a_name_is_not_certain_elsewhere(self, tmp_path: Path, columns: dict[str, list[object]]) -> None:
        assert "the column of labels isn't named" in refusal(tmp_path / "a.csv", table(columns), GUESSES)

    def test_a_name_with_a_usual_word_is_offered(self, tmp_path: Path) -> None:
        columns: dict[str, list[object]] = {"targetB": [0, 1, 1], "a": NUMBERS, "two": [0, 1, 0]}
        assert "go on with --label targetB" in refusal(tmp_path / "a.csv", table(columns), GUESSES)

    def test_labels_that_are_sorted_are_known_by_their_name(self, tmp_path: Path) -> None:
        rows = [f"{row % 7}.5,{int(row > 1500)}" for row in range(2000)]
        assert read(write(tmp_path / "a.csv", "\n".join(["a,y", *rows])), GUESSES).label == "y"
        refusal(tmp_path / "a.csv", "\n".join(["a,b", *rows]), GUESSES)

    def test_a_table_without_a_header_is_read_if_both_are_certain(self, tmp_path: Path) -> None:
        dataset = read(write(tmp_path / "a.csv", WITHOUT_NAMES), GUESSES)
        same(dataset, ("1", "2", "3"))
        header, label, last = dataset.readings
        assert last == "'R' counts as 1: it sorts last; another: --positive M"
        assert header.startswith("the columns are called 1 to 4: its first line is an example, not names (")
        assert header.endswith("…); --header if they are names")
        assert label == "label: the last column '4' (M, R); another: --label NAME"
        rows = [f"{row % 9 + 5},{row % 7 + 2},{row % 2}" for row in range(M)]
        told = refusal(tmp_path / "a.csv", "\n".join(["20,12,0", *rows]), GUESSES)
        assert told.endswith("go on with --no-header --label 3, or --header if they are names")

    @pytest.mark.parametrize("contents", ["a,b,y\n1,2,0\n", "a,b,y\n1,2,0\n3,4,0\n5,7,0\n"])
    def test_a_single_class_is_named_at_once(self, tmp_path: Path, contents: str) -> None:
        assert refusal(tmp_path / "a.csv", contents, GUESSES) == (
            "all labels in 'y' are 0; a classifier needs two classes: name another column with --label"
        )

    def test_an_index_is_said_to_be_no_feature(self, tmp_path: Path) -> None:
        pytest.importorskip("pyarrow")
        FRAME.set_index("c").to_parquet(tmp_path / "a.parquet")
        dataset = read(str(tmp_path / "a.parquet"), ReadOptions(label="y"))
        assert (dataset.features, dataset.readings) == (("a", "b"), ("the table's index 'c' is no feature",))

    def test_it_is_taken_only_where_it_is_said(self, tmp_path: Path) -> None:
        assert refusal(tmp_path / "a.csv", text(), ReadOptions()).startswith("the column of labels isn't named; go on")
