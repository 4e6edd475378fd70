"""Tests that `train` reads tables with text and missing numbers as pandas' get_dummies and dropna would make them."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gradrace.bench.datasets.columns import gathered
from gradrace.bench.datasets.doubts.texts import MOST_COUNTED, Kind, Texts
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.layouts.features import columns_of
from gradrace.bench.datasets.read import read, read_features
from gradrace.bench.datasets.tables import text_rows
from gradrace.bench.results import UnusableInput
from tests.bench.datasets import sources
from tests.bench.datasets.sources import written

M = 120
HOW = ReadOptions(guesses=True, label="y")
RANDOM = np.random.default_rng(5)
FRAME = pd.DataFrame(
    {
        "age": np.where(np.arange(M) % 9 == 4, np.nan, RANDOM.normal(40, 9, M).round(2)),
        "sex": RANDOM.choice(["male", "female"], M),
        "name": [f"Person, the {place}th" for place in range(M)],
        "port": np.where(np.arange(M) % 17 == 3, None, RANDOM.choice(["S", "C", "Quay's end"], M)),
        "cabin": np.where(np.arange(M) % 3 == 0, RANDOM.normal(size=M).round(3), np.nan),
        "fare": RANDOM.normal(9, 2, M).round(2),
        "y": RANDOM.choice(["no", "yes"], M),
    }
)
NOTES = (
    "left out as text: name (120 values)",
    "left out, as most numbers are missing: cabin (80 of 120)",
    f"columns of 0 and 1 for each value of sex (2 values), port (3 values, {int(FRAME.port.isna().sum())} missing)",
)
LOST = int(FRAME.age.isna().sum())
GAPS = f"{LOST} of {M} examples left out, as age is missing; to use them: --drop age"
FEATURES = ("age", "fare", "sex=female", "sex=male", "port=C", "port=Quay's end", "port=S")


def made(frame: pd.DataFrame, *, y: str = "y") -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """Return the features and labels that pandas makes of a table."""
    whole = frame.drop(columns=["name", "cabin"]).dropna(subset=["age", y])
    dummies = pd.get_dummies(whole.drop(columns=y), prefix_sep="=", dtype=float)
    return dummies, (whole[y] == "yes").to_numpy(dtype=int)


def check_as_pandas(dataset: Dataset, frame: pd.DataFrame = FRAME) -> None:
    X, y = made(frame)
    assert dataset.features == tuple(X.columns) == FEATURES
    np.testing.assert_array_equal(dataset.X, X.to_numpy().T)
    np.testing.assert_array_equal(dataset.labels, y)
    assert dataset.m == int(frame.age.notna().sum())


def refusal(source: str, how: ReadOptions = HOW) -> str:
    return sources.refusal(source, how)


def predicted(source: str, features: tuple[str, ...], unnamed: tuple[str, ...] = ()) -> tuple[Any, tuple[str, ...]]:
    (found,) = read_features(source, Wanted(len(features), (), features, unnamed))
    return found.X, found.gaps


FORMS: dict[str, Callable[[Path], str]] = {
    "commas": lambda folder: written(folder / "a.csv", FRAME),
    "quotes": lambda folder: written(folder / "a.csv", FRAME, quoting=1),
    "semicolons and decimal commas": lambda folder: written(folder / "a.csv", FRAME, sep=";", decimal=","),
    "question marks": lambda folder: written(folder / "a.csv", FRAME, na_rep="?"),
    "NA": lambda folder: written(folder / "a.csv", FRAME, na_rep="NA", sep="\t"),
    "blanks around cells": lambda folder: padded(written(folder / "a.csv", FRAME.drop(columns="name"))),
    "UTF-16": lambda folder: written(folder / "a.csv", FRAME, encoding="utf-16"),
    "gzip": lambda folder: written(folder / "a.csv.gz", FRAME),
    "JSON": lambda folder: saved(folder / "a.json", FRAME.to_json, orient="records", double_precision=15),
    "JSON lines": lambda folder: saved(folder / "a.jsonl", FRAME.to_json, orient="records", lines=True),
    "Parquet": lambda folder: saved(folder / "a.parquet", FRAME.to_parquet),
    "Parquet of categories": lambda folder: saved(
        folder / "a.parquet", FRAME.astype({"sex": "category", "port": "category"}).to_parquet
    ),
    "Feather": lambda folder: saved(folder / "a.feather", FRAME.to_feather),
}


def padded(source: str) -> str:
    path = Path(source)
    path.write_text(path.read_text().replace(",", " , "))
    return source


def saved(path: Path, save: Callable[..., Any], **how: Any) -> str:
    save(path, **how)
    return str(path)


@pytest.mark.parametrize("form", FORMS)
def test_features_are_those_of_pandas(tmp_path: Path, form: str) -> None:
    if form in ("Parquet", "Parquet of categories", "Feather"):
        pytest.importorskip("pyarrow")
    source = FORMS[form](tmp_path)
    dataset = read(source, HOW)
    check_as_pandas(dataset)
    assert dataset.readings == (NOTES[1:] if form == "blanks around cells" else NOTES)
    assert dataset.gaps == (GAPS,)
    tested = read(source, ReadOptions(label="y", only=dataset.features))
    check_as_pandas(tested)
    assert tested.gaps == (GAPS.partition(";")[0],)
    with pytest.raises(UnusableInput, match=r"not numeric: .*sex"):
        read(source, ReadOptions(label="y"))  # run and verify


@pytest.mark.parametrize("reader", ["csv", "json"])
@pytest.mark.parametrize("rows", [slice(None), slice(0, 1), slice(None, None, -1)])
def test_a_model_finds_column_and_value_by_the_name(tmp_path: Path, reader: str, rows: slice) -> None:
    frame = FRAME[FRAME.age.notna()][rows]
    columns = ["fare", "port", "name", "sex", "age"]
    X, gaps = predicted(written(tmp_path / f"new.{reader}", frame[columns]), FEATURES)
    expected = made(FRAME)[0].loc[frame.index].to_numpy().T
    np.testing.assert_array_equal(X, expected)
    assert gaps == ()


@pytest.mark.parametrize("reader", ["csv", "json"])
def test_a_value_that_the_training_lacked_is_said(tmp_path: Path, reader: str) -> None:
    frame = FRAME[FRAME.age.notna()][:5].assign(sex=["male", "other", "other", "x", None], port="S")
    path = written(tmp_path / f"new.{reader}", frame)
    told = "sex: values that the training didn't have count as missing: 'other' (2), 'x' (1)"
    X, gaps = predicted(path, FEATURES)
    assert gaps == (told,)
    np.testing.assert_array_equal(X[2:4], [[0] * 5, [1, 0, 0, 0, 0]])
    np.testing.assert_array_equal(X[4:], np.array([[0, 0, 1]] * 5).T)
    tested = read(str(path), ReadOptions(label="y", only=FEATURES))
    np.testing.assert_array_equal(tested.X, X)
    assert tested.gaps == (told,)


def test_a_known_value_is_found_behind_many_unknown_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_rows, "CHUNK_CELLS", 100)
    values = [*(f"x{place}" for place in range(MOST_COUNTED + 5)), "male"]
    X, (told,) = predicted(written(tmp_path / "a.csv", pd.DataFrame({"sex": values})), ("sex=male", "sex=x"))
    assert X.sum(axis=1).tolist() == [1, 0]
    assert told.endswith(", …")


def test_a_category_of_a_model_may_hold_only_numbers(tmp_path: Path) -> None:
    frame = pd.DataFrame({"grade": ["7"] * 30, "fare": range(30)})
    X, gaps = predicted(written(tmp_path / "a.csv", frame), ("fare", "grade=7", "grade=A"))
    assert (X[1:].sum(axis=1).tolist(), gaps) == ([30, 0], ())
    frame.to_json(tmp_path / "a.json", orient="records")
    np.testing.assert_array_equal(predicted(str(tmp_path / "a.json"), ("fare", "grade=7", "grade=A"))[0], X)


def test_the_examples_to_predict_may_lack_numbers_but_no_columns(tmp_path: Path) -> None:
    for source in (written(tmp_path / "a.csv", FRAME), str(tmp_path / "a.json")):
        FRAME.to_json(tmp_path / "a.json", orient="records")
        X, gaps = predicted(source, FEATURES)
        lacks = FRAME.age.isna()
        assert np.isnan(X).any(axis=0).tolist() == lacks.tolist()
        assert gaps == (f"no prediction for {lacks.sum()} of {len(FRAME)} examples, as age is missing",)
    with pytest.raises(UnusableInput, match="column 'sex' is missing; the columns are 'age'"):
        predicted(written(tmp_path / "b.csv", FRAME.drop(columns="sex")), FEATURES)
    with pytest.raises(UnusableInput, match="columns 'age', 'sex' are missing; the columns are"):
        predicted(written(tmp_path / "b.csv", FRAME.drop(columns=["sex", "age"])), ("age", "sex=female", "sex=male"))


@pytest.mark.parametrize(
    ("features", "columns"),
    [
        (("age", "sex=f", "sex=m"), ["age", "sex"]),
        (("a=b=1", "a=b=2"), ["a=b"]),
        (("a=b=1", "a=2", "a=3"), ["a"]),
        (("=",), [""]),
        ((), []),
    ],
)
def test_the_names_of_features_tell_their_columns(features: tuple[str, ...], columns: list[str]) -> None:
    assert columns_of(features) == columns


class TestWithoutHeader:
    def test_the_number_of_the_column_stands_for_its_name(self, tmp_path: Path) -> None:
        frame = FRAME[["sex", "fare", "port", "age", "y"]].dropna()
        dataset = read(
            written(tmp_path / "a.data", frame, header=False), ReadOptions(guesses=True, header=False, label="5")
        )
        assert dataset.features == ("2", "4", "1=female", "1=male", "3=C", "3=Quay's end", "3=S")
        dummies = pd.get_dummies(frame.drop(columns="y"), dtype=float)
        np.testing.assert_array_equal(dataset.X, dummies.to_numpy().T)
        for name in ("y", None):
            rows = frame if name is None else frame.drop(columns=name)
            X, gaps = predicted(written(tmp_path / "b.data", rows, header=False), dataset.features, dataset.unnamed)
            np.testing.assert_array_equal(X, dataset.X)
            assert gaps == ()


class TestColumnsCalledLikeAValue:
    TABLE = FRAME[["fare", "sex", "y"]].assign(**{"sex=male": RANDOM.normal(size=M)})

    def test_a_column_of_the_name_wins(self, tmp_path: Path) -> None:
        source = written(tmp_path / "a.csv", self.TABLE)
        dataset = read(source, HOW)
        assert dataset.features == ("fare", "sex=male")
        assert "left out, as columns are called like their values: sex" in dataset.readings
        np.testing.assert_allclose(dataset.X[1], self.TABLE["sex=male"], rtol=1e-12)
        np.testing.assert_array_equal(predicted(source, dataset.features)[0], dataset.X)

    def test_a_name_may_hold_the_sign(self, tmp_path: Path) -> None:
        table = self.TABLE.rename(columns={"sex": "a=b", "sex=male": "a"})
        source = written(tmp_path / "a.csv", table)
        dataset = read(source, HOW)
        assert dataset.features == ("fare", "a", "a=b=female", "a=b=male")
        np.testing.assert_array_equal(predicted(source, dataset.features)[0], dataset.X)

    @pytest.mark.parametrize("other", ["a=b", "a=b=c"])
    def test_a_value_whose_name_leads_to_another_column_is_no_feature(self, tmp_path: Path, other: str) -> None:
        table = pd.DataFrame({"a": ["b=c", "x"] * 20, other: range(3, 43), "z": RANDOM.normal(size=40)})
        dataset = read(written(tmp_path / "a.csv", table.assign(y=[0, 0, 1, 1] * 10)), HOW)
        assert dataset.features == ("z",)
        assert "left out, as columns are called like their values: a" in dataset.readings


class TestKindsOfText:
    @pytest.mark.parametrize(
        ("kind", "values"),
        [
            (Kind.CATEGORY, ["male", "female"]),
            (Kind.CATEGORY, [f"state {place}" for place in range(53)]),
            (Kind.CATEGORY, ["1st", "2nd", "3rd"]),
            (Kind.CATEGORY, ["none", "unknown"]),
            (Kind.CATEGORY, ["A", "B", "7"]),
            (Kind.FREE, [f"state {place}" for place in range(54)]),
            (Kind.FREE, [f"2026-11-{day}" for day in range(10, 30)] * 4 + [f"2025-{place}" for place in range(99)]),
            (Kind.FREE, [*map(str, range(1000, 1300)), *(f"PC {place}" for place in range(100))]),  # tickets
            (Kind.DOUBTFUL, [f"{place} kg" for place in range(60)]),
            (Kind.DOUBTFUL, [f"${place}" for place in range(60)]),
            (Kind.DOUBTFUL, [f"({place}.5)" for place in range(60)]),
            (Kind.DOUBTFUL, [f"{place},234" for place in range(1, 60)]),
            (Kind.DOUBTFUL, ["not known", *map(str, range(60))]),
            (Kind.DOUBTFUL, [*["not known"] * 70, *map(str, range(60))]),
            (Kind.CATEGORY, ["0", "1", "2", "3+"]),
            (Kind.CATEGORY, ["2", "3", "4", "5more"]),
            (Kind.CATEGORY, [*map(str, range(9)), "many"]),
            (Kind.DOUBTFUL, [*map(str, range(10)), "many"]),
            (Kind.DOUBTFUL, ["0.5", "1", "2", "3+"]),
            (Kind.DOUBTFUL, ["-1", "1", "2", "n.k."]),
            (Kind.DOUBTFUL, ["1,5", "2,5", "x"]),
        ],
    )
    def test_a_kind_is_known_by_the_values(self, kind: Kind, values: list[str]) -> None:
        texts = Texts()
        texts.take(pd.Series(values * 3))
        assert texts.kind() is kind

    def test_a_word_that_is_an_exception_among_few_numbers_is_doubtful(self, tmp_path: Path) -> None:
        for lone in (1, 2, 3):
            rooms = ["not known"] * lone + [str(row % 4) for row in range(M - lone)]
            source = written(tmp_path / "a.csv", FRAME[["fare", "y"]].assign(rooms=rooms))
            if lone < 3:
                assert "not numeric: rooms ('not known')" in refusal(source)
            else:
                dataset = read(source, HOW)
                assert dataset.features == ("fare", *(f"rooms={value}" for value in ("0", "1", "2", "3", "not known")))
                np.testing.assert_array_equal(
                    dataset.X[1:], [[value == of for value in rooms] for of in sorted({*rooms})]
                )

    def test_a_category_has_several_examples_per_value(self, tmp_path: Path) -> None:
        values = [f"team {place}" for place in range(M // 3)] * 3
        for last, count in ((values[-1], 41), ("another", 1)):
            table = FRAME[["fare", "y"]].assign(team=[*values[:-1], last])
            assert read(written(tmp_path / "a.csv", table), HOW).n_x == count

    def test_the_only_column_may_be_a_category_of_one_value(self, tmp_path: Path) -> None:
        dataset = read(written(tmp_path / "a.csv", FRAME[["y"]].assign(planet="Earth")[["planet", "y"]]), HOW)
        assert dataset.features == ("planet=Earth",)
        assert (dataset.X == 1).all()

    def test_many_values_are_not_counted(self, tmp_path: Path) -> None:
        m = MOST_COUNTED + 7
        table = pd.DataFrame({"a": RANDOM.normal(size=m), "t": [f"t{row}" for row in range(m)], "y": np.arange(m) % 2})
        assert "left out as text: t (over 1000 values)" in read(written(tmp_path / "a.csv", table), HOW).readings
        assert "left out as text: t (1000 values)" in read(written(tmp_path / "b.csv", table[:1000]), HOW).readings

    def test_a_category_that_repeats_the_labels_is_left_out(self, tmp_path: Path) -> None:
        table = FRAME[["fare", "y"]].assign(alive=FRAME.y.map({"yes": "alive", "no": "dead"}))
        for suffix, save in (("csv", table.to_csv), ("json", table.to_json)):
            save(tmp_path / f"a.{suffix}", **({"index": False} if suffix == "csv" else {"orient": "records"}))
            dataset = read(str(tmp_path / f"a.{suffix}"), HOW)
            assert dataset.features == ("fare",)
            assert "left out: alive (the labels in another form); to use it: --keep alive" in dataset.readings

    def test_names_in_order_are_not_taken_for_numbers_of_the_examples(self, tmp_path: Path) -> None:
        dataset = read(written(tmp_path / "a.csv", FRAME[["name", "fare", "y"]]), HOW)
        assert dataset.readings == (NOTES[0],)

    def test_lists_and_bytes_are_no_text(self, tmp_path: Path) -> None:
        pytest.importorskip("pyarrow")
        for cells in ([[1, 2], [3]], [b"a", b"b"]):
            table = FRAME[["fare", "y"]].assign(cell=cells * (M // 2))
            table.to_parquet(tmp_path / "a.parquet")
            assert "not numeric: cell" in refusal(str(tmp_path / "a.parquet"))


class TestMissing:
    def test_an_example_without_a_label_is_left_out(self, tmp_path: Path) -> None:
        table = FRAME.assign(y=FRAME.y.where(np.arange(M) % 8 != 5, None), nr=range(M))
        lost = int(table.y.isna().sum())
        for suffix, save in (("csv", table.to_csv), ("json", table.to_json)):
            save(tmp_path / f"a.{suffix}", **({"index": False} if suffix == "csv" else {"orient": "records"}))
            dataset = read(str(tmp_path / f"a.{suffix}"), HOW)
            X, y = made(table.drop(columns="nr"))
            np.testing.assert_array_equal(dataset.X, X.to_numpy().T)
            np.testing.assert_array_equal(dataset.labels, y)
            assert "left out: nr (number of the example); to use it: --keep nr" in dataset.readings
            assert dataset.gaps[0] == f"{lost} of {M} examples left out, as they have no label"
            assert dataset.gaps[1].startswith(f"{M - lost - dataset.m} of {M} examples left out, as age is missing")

    @pytest.mark.parametrize("suffix", ["csv", "json"])
    def test_half_of_the_labels_are_needed(self, tmp_path: Path, suffix: str) -> None:
        for lost in (M // 2 - 1, M // 2):
            table = FRAME[["fare", "y"]].assign(y=[None] * lost + FRAME.y[lost:].tolist())
            path = written(tmp_path / f"a.{suffix}", table)
            if 2 * lost < M:
                assert read(path, HOW).m == M - lost
            else:
                assert refusal(path).startswith("the label of example 1 is missing")

    @pytest.mark.parametrize("mark", ["NA", "?", "-"])
    @pytest.mark.parametrize("classes", [["no", "yes"], ["1", "2", "3"]])
    def test_the_mark_of_a_missing_number_is_no_class(self, tmp_path: Path, mark: str, classes: list[str]) -> None:
        labels = np.resize(classes, M).astype("U9")
        labels[::7] = mark
        table = FRAME[["age", "fare"]].assign(y=labels)
        dataset = read(written(tmp_path / "a.csv", table, na_rep=mark), HOW)
        X = table[(labels != mark) & table.age.notna()]
        np.testing.assert_array_equal(dataset.X, X[["age", "fare"]].to_numpy().T)
        assert dataset.kinds == tuple(classes)
        assert dataset.gaps[0] == f"{(labels == mark).sum()} of {M} examples left out, as they have no label"
        told = f"the label {mark!r} counts as missing, as it does in columns of numbers; if it is a class: --positive "
        assert dataset.gaps[1] == told + shlex.quote(mark)
        chosen = read(str(tmp_path / "a.csv"), ReadOptions(guesses=True, label="y", positive=mark))
        assert chosen.classes == (f"not {mark}", mark)

    @pytest.mark.parametrize(
        ("lost", "ages"), [(9, FRAME.fare), (M // 2, FRAME.age)], ids=["no number is missing", "most labels are"]
    )
    def test_a_mark_may_be_a_class(self, tmp_path: Path, lost: int, ages: pd.Series) -> None:
        table = pd.DataFrame({"age": ages, "fare": FRAME.fare, "y": ["NA"] * lost + FRAME.y[lost:].tolist()})
        told = refusal(written(tmp_path / "a.csv", table, na_rep="NA"))
        assert told.startswith("3 classes (NA, no, yes), of which 'NA' may stand for missing labels; go on with")

    @pytest.mark.parametrize("mark", ["?", "-", "n.a."])
    @pytest.mark.parametrize("ages", [FRAME.age, FRAME.fare], ids=["numbers are missing", "labels alone are"])
    def test_two_classes_of_numbers_have_no_missing_ones(self, tmp_path: Path, mark: str, ages: pd.Series) -> None:
        table = pd.DataFrame({"age": ages, "y": np.arange(M) * 7.5 % 97})
        table.loc[5, "y"] = np.nan
        told = refusal(written(tmp_path / "a.csv", table, na_rep=mark))
        sources.run(told.partition(" after ")[2])
        made = pd.read_csv(tmp_path / "a-2.csv")
        assert [*made.y] == [*(table.y > table.y.median())[table.y.notna()].astype(int)]

    def test_few_columns_are_left_out(self, tmp_path: Path) -> None:
        lacks = {"a": range(10), "b": range(70, 100), "c": range(5, 15), "d": range(60, M)}
        columns = {name: np.where(np.isin(np.arange(M), some), np.nan, FRAME.fare) for name, some in lacks.items()}
        source = written(tmp_path / "a.csv", pd.DataFrame(columns).assign(fare=FRAME.fare, y=FRAME.y))
        assert refusal(source).startswith("numbers are missing: d; go on with --drop d, or make")
        dataset = read(source, ReadOptions(guesses=True, label="y", drop=("d",)))
        assert (dataset.features, dataset.m) == (("a", "b", "c", "fare"), 75)

    def test_half_of_the_examples_are_needed(self, tmp_path: Path) -> None:
        for lost in (M // 2, M // 2 + 1):
            ages, fares = np.arange(M, dtype=float) % 7, np.arange(M, dtype=float) % 11
            ages[:40], fares[40:lost] = np.nan, np.nan
            source = written(tmp_path / "a.csv", FRAME[["sex", "y"]].assign(age=ages, fare=fares))
            if 2 * lost <= M:
                assert read(source, HOW).m == M - lost
            else:
                assert refusal(source).startswith("numbers are missing: age; go on with --drop age, or make")
                assert read(source, ReadOptions(guesses=True, label="y", drop=("age",))).n_x == 3

    def test_a_column_with_half_of_its_numbers_stays(self, tmp_path: Path) -> None:
        for lost in (M // 2, M // 2 + 1):
            ages = np.where(np.arange(M) < lost, np.nan, np.arange(M) * 7 % 50)
            dataset = read(written(tmp_path / "a.csv", FRAME[["fare", "y"]].assign(age=ages)), HOW)
            assert (dataset.n_x, dataset.m) == ((2, M - lost) if 2 * lost <= M else (1, M))

    def test_a_class_that_vanishes_is_named(self, tmp_path: Path) -> None:
        ages = np.where((FRAME.y == "yes") & (np.arange(M) != 5), np.arange(M) % 7 + 0.5, 1.5)
        table = FRAME.assign(age=np.where(FRAME.y == "no", np.nan, ages))[["age", "fare", "y"]]
        table = pd.concat([table, table[FRAME.y == "yes"]])
        told = refusal(written(tmp_path / "a.csv", table))
        assert told.startswith("all labels left are yes: ")
        assert told.endswith("examples left out, as age is missing; to use them: --drop age")

    def test_a_value_whose_examples_are_left_out_has_no_column(self, tmp_path: Path) -> None:
        port = ["rare", *FRAME.port[1:].fillna("S")]
        table = FRAME.assign(port=port, age=[np.nan, *FRAME.age[1:]])[["age", "port", "y"]]
        assert "port=rare" not in read(written(tmp_path / "a.csv", table), HOW).features

    def test_no_header_and_test_data_lack_numbers(self, tmp_path: Path) -> None:
        table = FRAME[["age", "sex", "fare", "y"]]
        how = ReadOptions(guesses=True, header=False, label="4")
        dataset = read(written(tmp_path / "a.data", table, header=False), how)
        assert (dataset.n_x, dataset.m) == (4, M - LOST)
        assert "as 1 is missing; to use them: --drop 1" in dataset.gaps[0]


class TestWhatIsStillAsked:
    @pytest.mark.parametrize(
        ("cell", "quoted"),
        [("12 kg", "12 kg"), ("$5", r"\$5"), ("not given", "not given"), ("#DIV/0!", "#DIV"), ("\u22125.5", "\u22125")],
    )
    @pytest.mark.parametrize("place", [0, M - 1])
    def test_text_among_numbers(self, tmp_path: Path, cell: str, quoted: str, place: int) -> None:
        fares = FRAME.fare.astype(str).tolist()
        fares[place] = cell
        source = written(tmp_path / "a.csv", FRAME.assign(fare=fares))
        with pytest.raises(UnusableInput, match=rf"not numeric: fare \('{quoted}.*'\); go on with --drop fare, or"):
            read(source, HOW)
        dataset = read(source, ReadOptions(guesses=True, label="y", drop=("fare",)))
        assert dataset.features == ("age", *FEATURES[2:])

    def test_another_minus_of_half_of_the_numbers(self, tmp_path: Path) -> None:
        fares = [f"\u2212{fare}" if row % 5 < 3 else str(fare) for row, fare in enumerate(FRAME.fare)]
        told = refusal(written(tmp_path / "a.csv", FRAME.assign(fare=fares)))
        assert told.startswith("not numeric: fare (")

    def test_a_number_beyond_all_of_float64_is_named(self, tmp_path: Path) -> None:
        fares = ["1e400", "1e401", *FRAME.fare.astype(str)[2:]]
        assert refusal(written(tmp_path / "a.csv", FRAME.assign(fare=fares))).startswith("not numeric: fare ('inf')")

    def test_no_feature_is_left(self, tmp_path: Path) -> None:
        told = refusal(written(tmp_path / "a.csv", FRAME[["name", "cabin", "y"]]))
        assert told.startswith("not numeric: name ('Person, the 0th'); numbers are missing: cabin; no feature is left")

    def test_only_what_needs_a_decision_is_named_with_other_faults(self, tmp_path: Path) -> None:
        source = written(tmp_path / "a.csv", FRAME.rename(columns={"y": "what", "sex": "two"}).assign(nr=range(M)))
        told = refusal(source, ReadOptions(guesses=True))
        assert told.startswith(
            "the column of labels isn't named; go on with --label what, or name another: the columns"
        )

    def test_columns_that_exceed_the_memory_are_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        table = pd.DataFrame({f"c{place}": RANDOM.choice([*"abcdefgh"], M) for place in range(30)})
        source = written(tmp_path / "a.csv", table.assign(y=FRAME.y))
        assert read(source, HOW).n_x == 240
        monkeypatch.setattr("gradrace.bench.machine.available.memory_bytes", lambda: 8 * M * 100)
        assert "240 columns, of which 240 hold 0 and 1, need about" in refusal(source)


class TestLongTables:
    @pytest.mark.parametrize("columns", [["sex", "port", "y"], ["fare", "sex", "y"]])
    def test_names_that_come_again_far_behind_are_no_example(self, tmp_path: Path, columns: list[str]) -> None:
        table = pd.concat([FRAME[columns]] * 20)
        path = tmp_path / "a.csv"
        path.write_text(table.to_csv(index=False) * 2)
        assert refusal(str(path), ReadOptions(guesses=True)).startswith(
            "lines repeat the names of the columns; go on with --data "
        )
        path.write_text(table.to_csv(index=False))
        assert read(str(path), ReadOptions(guesses=True)).m == len(table)

    def test_columns_and_examples_are_moved_in_parts(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gathered, "MOVED_CELLS", 50)
        check_as_pandas(read(written(tmp_path / "a.csv", FRAME), HOW))
        wide = FRAME.assign(shop=RANDOM.choice([*"abcdefgh"], M))
        dataset = read(written(tmp_path / "b.csv", wide), HOW)
        np.testing.assert_array_equal(dataset.X, made(wide)[0].to_numpy().T)
        assert dataset.n_x == 15
        few = read(written(tmp_path / "c.csv", FRAME.drop(columns=["sex", "port"])), HOW)
        np.testing.assert_array_equal(few.X, made(FRAME)[0][["age", "fare"]].to_numpy().T)

    def test_text_that_shows_late_is_read_as_text_from_the_beginning(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A fast search of the lines ends at many shapes, so that a code of letters far behind isn't known before."""
        monkeypatch.setattr(text_rows, "CHUNK_CELLS", 300)
        m = 3000
        values = np.where(np.arange(m) < 2500, "07", "ab")
        values[::2] = "N"
        values[:300] = "07"
        words = ["".join(chr(97 + int(digit)) for digit in str(row)) for row in range(m)]
        table = pd.DataFrame({"w": words, "c": values, "a": RANDOM.normal(size=m), "y": np.arange(m) // 2 % 2})
        dataset = read(written(tmp_path / "a.csv", table), HOW)
        assert dataset.features == ("a", "c=07", "c=N", "c=ab")
        np.testing.assert_array_equal(dataset.X[1], table.c == "07")
