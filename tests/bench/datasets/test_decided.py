"""Tests of what a reader decides and says, and of the near misses that it must ask about."""

from __future__ import annotations

import gzip
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression

from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions
from gradrace.bench.datasets.read import read
from tests.bench.datasets.sources import GUESSES, followed, refusal, written

M = 40
RANDOM = np.random.default_rng(0)
FRAME = pd.DataFrame({"a": RANDOM.normal(size=M), "b": RANDOM.normal(size=M), "target": [row % 2 for row in range(M)]})


def trained(source: str, how: ReadOptions = GUESSES) -> Dataset:
    dataset = read(source, how)
    assert dataset.X.shape == (len(dataset.features), dataset.m)
    return dataset


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_what_groups_the_classes_is_told_and_stays(tmp_path: Path, suffix: str) -> None:
    species = np.array(["adelie", "gentoo", "king"])[np.arange(M) % 3]
    frame = FRAME[["a", "b"]].assign(
        genus=np.where(species == "king", "x", "y"), sex=[*"mf"] * (M // 2), species=species
    )
    path = written(tmp_path / f"a{suffix}", frame)
    told = "one value in each class of species: genus; if it isn't known beforehand: --drop genus"
    dataset = trained(path)
    assert told in dataset.readings
    assert dataset.features == ("a", "b", "genus=x", "genus=y", "sex=f", "sex=m")
    dropped = trained(path, ReadOptions(guesses=True, drop=("genus",)))
    assert not any("one value in each class" in line for line in dropped.readings)
    but_one = frame.assign(genus=np.where(frame.index == 0, "x", frame.genus))
    assert told not in trained(written(tmp_path / "b.csv", but_one)).readings


def test_a_category_in_two_encodings_is_told(tmp_path: Path) -> None:
    lines = [f"{('Köln', 'Graz')[row % 4 > 0]},{row * 7 % 11},{row % 2}\n" for row in range(M)]
    text = ["town,age,class\n", *lines]
    half = M // 2
    (tmp_path / "a.csv").write_bytes("".join(text[:half]).encode() + "".join(text[half:]).encode("cp1252"))
    (tmp_path / "b.csv").write_text("".join(text))
    told = "town: 'KÃ¶ln' is 'Köln' in another encoding; save the whole table in UTF-8"
    assert told in trained(str(tmp_path / "a.csv")).readings
    assert not any("encoding" in line for line in trained(str(tmp_path / "b.csv")).readings)


class TestColumnsThatAreNoFeatures:
    KINDS: ClassVar[dict[str, tuple[str, Sequence[int | str]]]] = {
        "counts from 0": ("number of the example", range(M)),
        "counts from 7": ("number of the example", range(7, 7 + M)),
        "id": ("by its name the number of the example", RANDOM.permutation(10**6)[:M].tolist()),
        "LoanID": ("by its name the number of the example", RANDOM.permutation(10**6)[:M].tolist()),
        "Employee Number": ("by its name the number of the example", RANDOM.permutation(10**6)[:M].tolist()),
        "repeats": ("the labels in another form", [1 + row % 2 for row in range(M)]),
        "part": ("parts of the data, such as train and test", [("Train", "Test")[row % 3 > 0] for row in range(M)]),
    }

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("place", [0, 1, 2])
    @pytest.mark.parametrize("suffix", [".csv", ".json"])
    def test_they_are_left_out_and_named(self, tmp_path: Path, kind: str, place: int, suffix: str) -> None:
        reason, values = self.KINDS[kind]
        frame = FRAME.copy()
        frame.insert(place, kind, [*values])
        path = written(tmp_path / f"a{suffix}", frame)
        dataset = trained(path)
        assert dataset.features == ("a", "b")
        np.testing.assert_allclose(dataset.X, FRAME[["a", "b"]].to_numpy().T, rtol=1e-9)
        quoted = f"'{kind}'" if " " in kind else kind
        assert f"left out: {kind} ({reason}); to use it: --keep {quoted}" in dataset.readings
        assert trained(path, ReadOptions(guesses=True, keep=(kind,))).n_x == (4 if kind == "part" else 3)

    def test_long_tables_move_all_rows(self, tmp_path: Path) -> None:
        m = 10_000
        X = np.random.default_rng(1).normal(size=(m, 5))
        frame = pd.DataFrame(X, columns=[*"abcde"])
        frame.insert(2, "id", range(m))
        frame["y"] = [row % 2 for row in range(m)]
        np.testing.assert_allclose(trained(written(tmp_path / "a.csv", frame)).X, X.T, rtol=1e-9)

    @pytest.mark.parametrize("name", ["acid", "paid", "atomic number", "number of rooms", "flightnumber"])
    def test_other_names_are_those_of_features(self, tmp_path: Path, name: str) -> None:
        values = RANDOM.permutation(10**6)[:M]
        assert trained(written(tmp_path / "a.csv", FRAME.assign(**{name: values}))).features == ("a", "b", name)

    @pytest.mark.parametrize("values", [60 * np.arange(120), RANDOM.permutation(120)], ids=["seconds", "in no order"])
    def test_different_whole_numbers_stay_and_are_named(self, tmp_path: Path, values: Sequence[int]) -> None:
        frame = pd.DataFrame({"cell": values, "a": RANDOM.normal(size=120), "target": np.resize([0, 1], 120)})
        dataset = trained(written(tmp_path / "a.csv", frame))
        assert dataset.features == ("cell", "a")
        told = "a different whole number in each example: cell; if it only numbers them: --drop cell"
        assert told in dataset.readings
        kept = trained(str(tmp_path / "a.csv"), ReadOptions(guesses=True, keep=("cell",)))
        few = trained(written(tmp_path / "b.csv", frame[:99]))
        many = trained(written(tmp_path / "c.csv", frame.assign(**dict.fromkeys("bcd", values))))
        assert not any("different whole" in line for one in (kept, few, many) for line in one.readings)

    def test_parts_of_the_data_are_no_labels(self, tmp_path: Path) -> None:
        part = np.resize(["train", "test", "val"], M)
        frame = FRAME[["a", "b"]].assign(part=np.where(part == "val", "test", part))
        assert "go on" not in refusal(written(tmp_path / "a.csv", frame))
        assert trained(str(tmp_path / "a.csv"), ReadOptions(guesses=True, label="part")).n_x == 2
        languages = frame.assign(part=frame.part.str[:2])
        assert trained(written(tmp_path / "c.csv", languages)).label == "part"
        named = frame.assign(kind=[*"xy"] * (M // 2), part=part)[["a", "b", "kind", "part"]]
        assert trained(written(tmp_path / "b.csv", named)).label == "kind"

    @pytest.mark.parametrize("gone", [0, 3])
    def test_numbers_of_many_examples_of_which_some_are_gone_are_left_out(self, tmp_path: Path, gone: int) -> None:
        rows = [row for row in range(120) if not gone or row % gone]
        frame = pd.DataFrame({"cell": rows, "a": RANDOM.normal(size=len(rows)), "target": np.resize([0, 1], len(rows))})
        assert trained(written(tmp_path / "a.csv", frame)).n_x == (1 if len(rows) >= 100 or not gone else 2)

    @pytest.mark.parametrize(
        "values",
        [
            [*range(M - 1), M + 5],  # a gap
            [row % 20 for row in range(M)],  # counts twice
            [row / 2 for row in range(M)],  # in halves
        ],
    )
    def test_what_only_nearly_counts_is_a_feature(self, tmp_path: Path, values: list[float]) -> None:
        assert trained(written(tmp_path / "a.csv", FRAME.assign(week=values))).features == ("a", "b", "week")

    def test_a_feature_that_repeats_all_labels_but_one_is_a_feature(self, tmp_path: Path) -> None:
        frame = FRAME.assign(code=[1 - FRAME.target[0], *FRAME.target[1:]])[["a", "code", "target"]]
        assert trained(written(tmp_path / "a.csv", frame)).features == ("a", "code")

    @pytest.mark.parametrize("suffix", ["csv", "json"])
    @pytest.mark.parametrize(
        "code",
        [
            [2 * row % 4 - 1 for row in range(M)],  # -1 and 1
            [255 * (row % 2) for row in range(M)],
            [1.5 + row % 2 for row in range(M)],
            [None, *(row % 2 for row in range(1, M))],
            [None, *(["no", "yes"][row % 2] for row in range(1, M))],
        ],
    )
    def test_labels_in_any_other_form_are_found(self, tmp_path: Path, code: list[object], suffix: str) -> None:
        frame = FRAME.assign(code=pd.Series(code), target=[row % 2 for row in range(M)])
        X, y = tmp_path / f"X.{suffix}", tmp_path / "y.csv"
        for columns, path in ((["a", "code", "target"], tmp_path / f"a.{suffix}"), (["a", "code"], X)):
            some = frame[columns]
            written(path, some)
        written(y, frame[["target"]])
        for source, how in ((tmp_path / f"a.{suffix}", GUESSES), (X, ReadOptions(guesses=True, label=str(y)))):
            dataset = trained(str(source), how)
            assert (dataset.features, dataset.m) == (("a",), M)
            assert "left out: code (the labels in another form); to use it: --keep code" in dataset.readings

    def test_a_file_of_labels_may_hold_another_number_of_them(self, tmp_path: Path) -> None:
        X, y = written(tmp_path / "X.csv", FRAME[["a", "b"]]), tmp_path / "y.npy"
        for values in (np.array(1), np.ones((2, 3))):
            np.save(y, values)
            refusal(X, ReadOptions(guesses=True, label=str(y)))

    def test_columns_of_0_and_1_for_the_classes_are_found(self, tmp_path: Path) -> None:
        kinds = ["abc"[row % 3] for row in range(M)]
        ones = {f"kind_{kind}": [int(kind == one) for one in kinds] for kind in "abc"}
        for left in (["kind_a", "kind_b", "kind_c"], ["kind_b", "kind_c"]):
            path = written(tmp_path / "a.csv", FRAME[["a"]].assign(**{name: ones[name] for name in left}, target=kinds))
            assert trained(path).features == ("a",)
        path = written(tmp_path / "b.csv", FRAME[["a"]].assign(milk=ones["kind_a"], target=kinds))
        assert trained(path).features == ("a", "milk")  # an animal that has milk is a mammal

    def test_what_is_known_of_less_than_half_is_no_form_of_the_labels(self, tmp_path: Path) -> None:
        boat = [None if row % 5 else ["in", "out"][row % 2] for row in range(4 * M)]
        table = pd.DataFrame(
            {"a": RANDOM.normal(size=4 * M), "boat": boat, "target": [row % 2 for row in range(4 * M)]}
        )
        assert trained(written(tmp_path / "a.csv", table)).n_x == 3

    def test_it_is_asked_where_nothing_is_said_or_no_other_feature_is_left(self, tmp_path: Path) -> None:
        path = written(tmp_path / "a.csv", FRAME.assign(id=range(M)))
        assert "go on with --drop id, or --keep id" in refusal(path, ReadOptions(label="target"))
        path = written(tmp_path / "b.csv", pd.DataFrame({"id": range(M), "target": FRAME.target}))
        assert refusal(path).endswith("go on with --keep id")

    def test_it_is_asked_where_only_the_values_of_a_first_column_without_a_name_differ(self, tmp_path: Path) -> None:
        area = RANDOM.permutation(10**6)[:M]
        path = written(tmp_path / "a.csv", FRAME.assign(area=area)[["area", "a", "target"]], header=False)
        assert refusal(path) == "number of the example: 1; go on with --drop 1, or --keep 1 if it is a feature"
        assert trained(path, ReadOptions(guesses=True, keep=("1",))).n_x == 2
        path = written(tmp_path / "b.csv", FRAME.assign(nr=range(M))[["nr", "a", "target"]], header=False)
        assert trained(path).features == ("2",)

    def test_it_is_not_named_where_other_columns_need_a_decision(self, tmp_path: Path) -> None:
        frame = FRAME.assign(id=range(M), sex=["m", "m", "f", "f"] * (M // 4), mass=["12 kg", *range(1, M)])
        path = written(tmp_path / "a.csv", frame[["id", "sex", "mass", "a", "target"]])
        assert refusal(path).startswith("not numeric: mass ('12 kg'); go on with --drop mass, or make them numbers: ")
        assert trained(path, ReadOptions(guesses=True, drop=("mass",))).features == ("a", "sex=f", "sex=m")
        told = refusal(path, ReadOptions(label="target"))
        assert (
            "not numeric: sex ('m'), mass ('12 kg'); number of the example: id; go on with --drop id,sex,mass," in told
        )


class TestLabelsByTheirName:
    @pytest.mark.parametrize(
        "name", ["default.payment.next.month", "TenYearCHD", "DEATH_EVENT", "HeartDisease", "Left"]
    )
    def test_an_outcome_in_the_last_name_is_certain(self, tmp_path: Path, name: str) -> None:
        frame = FRAME.assign(sex=[row // 3 % 2 for row in range(M)])[["a", "sex", "target"]]
        dataset = trained(written(tmp_path / "a.csv", frame.rename(columns={"target": name})))
        assert dataset.label == name
        assert dataset.readings[0].startswith(f"label: the last column '{name}' (0, 1)")

    @pytest.mark.parametrize(
        "names",
        [
            ["a", "sex", "urban"],  # no outcome
            ["a", "sex", "Type_Of_Building"],  # a word that features have
            ["a", "sex", "marital_status"],
            ["a", "sex", "test_result"],
            ["a", "sex", "had_prior_event"],  # an outcome of the past
            ["a", "sex", "previous_not_canceled"],
            ["HeartDisease", "sex", "urban"],  # not the last
            ["a", "target_x", "HeartDisease"],  # another word of labels
            ["diagnosis", "sex", "readmitted"],  # two outcomes
            ["a", "sex", "previous_target"],
        ],
    )
    def test_it_is_asked_otherwise(self, tmp_path: Path, names: list[str]) -> None:
        frame = FRAME.assign(a=[row // 5 % 2 for row in range(M)], sex=[row // 3 % 2 for row in range(M)])
        told = refusal(written(tmp_path / "a.csv", frame[["a", "sex", "target"]].set_axis(names, axis=1)))
        assert told.startswith("the column of labels isn't named; go on with --label")

    def test_columns_made_of_a_category_may_follow_the_labels(self, tmp_path: Path) -> None:
        port = [row // 3 % 2 for row in range(M)]
        frame = pd.DataFrame(
            {"Survived": FRAME.target, "a": FRAME.a, "port_C": port, "port_S": [1 - one for one in port]}
        )
        dataset = trained(written(tmp_path / "a.csv", frame))
        assert (dataset.label, dataset.features) == ("Survived", ("a", "port_C", "port_S"))
        for names in (["Class", "a", "sea", "port_S"], ["lived", "a", "port_C", "port_S"]):
            assert "the column of labels isn't named" in refusal(
                written(tmp_path / "b.csv", frame.set_axis(names, axis=1))
            )

    @pytest.mark.parametrize("name", ["Survived", "target", " Outcome"])
    def test_an_only_name_that_no_feature_has_counts_anywhere(self, tmp_path: Path, name: str) -> None:
        frame = pd.DataFrame({"a": FRAME.a, name: FRAME.target, "b": FRAME.b, "c": [r // 3 % 2 for r in range(M)]})
        dataset = trained(written(tmp_path / "a.csv", frame))
        assert (dataset.label, dataset.n_x, dataset.m) == (name.strip(), 3, M)
        assert f"label: column {name.strip()!r} (0, 1); another: --label NAME" in dataset.readings
        np.testing.assert_array_equal(dataset.labels, FRAME.target)
        for other in ("class", "species"):
            frame = frame.set_axis([other if one == name else one for one in frame.columns], axis=1)
            assert "the column of labels isn't named" in refusal(written(tmp_path / "b.csv", frame))
            name = other

    @pytest.mark.parametrize("name", ["rating", "Grade", "decision"])
    def test_a_last_column_of_ratings_is_certain(self, tmp_path: Path, name: str) -> None:
        frame = pd.DataFrame({"sex": [row // 3 % 2 for row in range(M)], "a": FRAME.a, name: [*"abcb"] * (M // 4)})
        assert trained(written(tmp_path / "a.csv", frame), ReadOptions(guesses=True, positive="a")).label == name
        assert "isn't named" in refusal(written(tmp_path / "b.csv", frame[["sex", name, "a"]]))
        numbers = frame.assign(**{name: [row % 5 for row in range(M)]})  # stars, to be predicted as a number
        assert "isn't named" in refusal(written(tmp_path / "c.csv", numbers))

    @pytest.mark.parametrize("pair", [("BadLoan", "GoodLoan"), ("benign", "malignant"), ("Negative", "Positive")])
    @pytest.mark.parametrize("place", [0, 2])
    def test_two_opposite_values_are_classes(self, tmp_path: Path, pair: tuple[str, str], place: int) -> None:
        frame = pd.DataFrame({"sex": ["f", "f", "m", "m"] * (M // 4), "a": FRAME.a})
        frame.insert(place, "found", [pair[row % 2] for row in range(M)])
        dataset = trained(written(tmp_path / "a.csv", frame))
        assert (dataset.label, dataset.classes) == ("found", pair)
        second = frame.assign(before=[pair[row // 3 % 2] for row in range(M)])
        assert "isn't named" in refusal(written(tmp_path / "b.csv", second))
        assert "isn't named" in refusal(written(tmp_path / "c.csv", frame[["sex", "found", "a"]]))
        middle = frame[["sex", "found", "a"]].rename(columns={"found": "fraud history"})
        assert trained(written(tmp_path / "e.csv", middle)).label == "fraud history"
        plain = frame.assign(found=[["no", "yes"][row % 2] for row in range(M)])
        assert "isn't named" in refusal(written(tmp_path / "d.csv", plain))

    @pytest.mark.parametrize("pair", [("female", "male"), ("F", "M")])
    def test_sexes_that_come_first_are_a_feature(self, tmp_path: Path, pair: tuple[str, str]) -> None:
        frame = pd.DataFrame({"who": [pair[row % 2] for row in range(M)], "a": FRAME.a, "b": FRAME.b})
        assert "the column of labels isn't named" in refusal(written(tmp_path / "a.csv", frame))
        assert "go on with --no-header --label" in refusal(written(tmp_path / "b.csv", frame, header=False))
        others = frame.replace({"who": dict(zip(pair, ("no", "yes"), strict=True))})
        assert trained(written(tmp_path / "c.csv", others)).label == "who"

    @pytest.mark.parametrize("pair", [("bad", "good"), ("no", "yes")])
    def test_an_outcome_of_the_past_is_a_feature(self, tmp_path: Path, pair: tuple[str, str]) -> None:
        frame = pd.DataFrame({"prev_outcome": [pair[row % 2] for row in range(M)], "a": FRAME.a, "b": FRAME.b})
        for columns in (["prev_outcome", "a", "b"], ["a", "b", "prev_outcome"]):
            assert "the column of labels isn't named" in refusal(written(tmp_path / "a.csv", frame[columns]))

    @pytest.mark.parametrize("stem", ["type", "marital_status", "income"])
    def test_a_category_may_have_a_name_that_labels_have(self, tmp_path: Path, stem: str) -> None:
        kind = [row // 3 % 3 for row in range(M)]
        dummies = {f"{stem}_{one}": [int(one == each) for each in kind] for one in (1, 2)}  # drop_first=True
        frame = pd.DataFrame({"isFraud": FRAME.target, "a": FRAME.a, **dummies})
        assert trained(written(tmp_path / "a.csv", frame)).label == "isFraud"

    @pytest.mark.parametrize("names", [("Class", "a", "died_no", "died_yes"), ("class", "a", "label_x", "label_y")])
    def test_columns_made_of_labels_are_no_category(self, tmp_path: Path, names: Sequence[str]) -> None:
        kind = [row // 3 % 2 for row in range(M)]
        frame = pd.DataFrame({"c": kind, "a": FRAME.a, "n": 1 - FRAME.target, "y": FRAME.target}).set_axis(
            names, axis=1
        )
        assert "the column of labels isn't named" in refusal(written(tmp_path / "a.csv", frame))

    @pytest.mark.parametrize("names", [("a", "class", "b", "has_oil", "has_gas"), ("x", "y", "b", "port_C", "port_S")])
    def test_flags_and_coordinates_leave_doubt(self, tmp_path: Path, names: Sequence[str]) -> None:
        oil, gas = [row // 3 % 2 for row in range(M)], [row // 2 % 2 for row in range(M)]
        frame = pd.DataFrame({"a": FRAME.a, "t": FRAME.target, "b": FRAME.b, "o": oil, "g": gas}).set_axis(
            names, axis=1
        )
        assert "the column of labels isn't named" in refusal(written(tmp_path / "a.csv", frame))

    @pytest.mark.parametrize("name", ["target", "Label", "y"])
    def test_labels_of_a_regression_are_not_passed_over(self, tmp_path: Path, name: str) -> None:
        frame = pd.DataFrame({name: FRAME.a, "b": FRAME.b, "treated": FRAME.target})
        assert f"the labels are {M} different numbers" in refusal(written(tmp_path / "a.csv", frame))
        assert trained(written(tmp_path / "a.csv", frame), ReadOptions(guesses=True, label="treated")).n_x == 2
        if name != "y":  # which may be a coordinate
            named = written(tmp_path / "b.csv", frame.rename(columns={"treated": "survived"}))
            assert "the column of labels isn't named" in refusal(named)

    @pytest.mark.parametrize(
        "names", [("won", "a", "foot_left"), ("readmitted", "a", "died"), ("x", "eye_left", "leg_left")]
    )
    def test_a_side_and_a_second_outcome_leave_doubt(self, tmp_path: Path, names: Sequence[str]) -> None:
        frame = pd.DataFrame({"o": [row // 3 % 2 for row in range(M)], "a": FRAME.a, "l": FRAME.target})
        frame = frame if names[1] == "a" else frame.assign(a=[row // 5 % 2 for row in range(M)])
        assert "the column of labels isn't named" in refusal(written(tmp_path / "a.csv", frame.set_axis(names, axis=1)))

    def test_a_disease_among_the_features_is_no_label(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"HeartAttack": FRAME.target, "Stroke": [row // 3 % 2 for row in range(M)], "a": FRAME.a})
        assert "the column of labels isn't named" in refusal(written(tmp_path / "a.csv", frame))
        last = frame[["HeartAttack", "a", "Stroke"]].rename(columns={"HeartAttack": "hypertension"})
        assert trained(written(tmp_path / "b.csv", last)).label == "Stroke"

    def test_an_outcome_of_the_past_is_not_offered_in_place_of_another(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"won": FRAME.target, "a": FRAME.a, "prev_won": [row // 3 % 2 for row in range(M)]})
        frame = frame.assign(n=[row % 7 for row in range(M)])
        assert "go on with --label won, or" in refusal(written(tmp_path / "a.csv", frame))

    def test_an_outcome_in_the_middle_is_offered(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"a": FRAME.a, "left": FRAME.target, "two": [row // 3 % 2 for row in range(M)]})
        frame["pay"] = ["low", "mid", "high", "mid"] * (M // 4)
        assert "go on with --label left, or" in refusal(written(tmp_path / "a.csv", frame))


class TestTablesWithoutHeader:
    def test_a_last_column_of_codes_is_certain_beside_a_few_pairs(self, tmp_path: Path) -> None:
        frame = FRAME.assign(sex=[row // 3 % 2 for row in range(M)])[["a", "sex", "b", "target"]]
        assert trained(written(tmp_path / "a.csv", frame, header=False)).label == "4"

    @pytest.mark.parametrize(
        "order",
        [
            ["sex", "a", "b", "target"],  # the first column may hold the labels
            ["a", "sex", "three", "target"],  # most columns have two values
        ],
    )
    def test_it_is_asked_where_another_column_may_be_meant(self, tmp_path: Path, order: list[str]) -> None:
        frame = FRAME.assign(sex=[row // 3 % 2 for row in range(M)], three=[row // 5 % 2 for row in range(M)])
        told = refusal(written(tmp_path / "a.csv", frame[order], header=False))
        assert "; go on with --no-header --label 4, or" in told
        assert ("or --label 1 in its place if the labels come first" in told) == (order[0] == "sex")

    @pytest.mark.parametrize("begin", [0, 1])
    def test_it_is_asked_where_the_first_column_may_hold_several_classes(self, tmp_path: Path, begin: int) -> None:
        frame = FRAME.assign(kind=[begin + row % 3 for row in range(M)])[["kind", "a", "b", "target"]]
        told = refusal(written(tmp_path / "a.csv", frame, header=False))
        assert "go on with --no-header --label 4, or" in told
        assert told.endswith("or --label 1 in its place if the labels come first")
        assert trained(written(tmp_path / "b.csv", frame.assign(kind=frame.kind + 7), header=False)).label == "4"

    @pytest.mark.parametrize("classes", [(0, 1), (-1, 1), (1, 2, 3), (0, 1, 2, 3, 4)])
    def test_a_first_column_of_classes_beside_measurements_is_certain(self, tmp_path: Path, classes: list[int]) -> None:
        rows = 3 * M
        y = [classes[row % len(classes)] for row in range(rows)]
        jet = np.array([0, 1.087, 2.173])[RANDOM.integers(0, 3, rows)]
        X = np.column_stack([RANDOM.normal(size=rows), jet, RANDOM.integers(200, 900, rows)])
        frame = pd.DataFrame(np.column_stack([y, X])).astype({0: int})
        dataset = trained(written(tmp_path / "a.csv", frame, header=False))
        assert (dataset.label, dataset.kinds) == ("1", tuple(map(str, sorted(classes))))
        np.testing.assert_allclose(dataset.X.T, X)
        counts = frame.assign(rings=RANDOM.integers(1, 28, rows))  # they may be what is to be predicted
        assert "go on with --no-header" in refusal(written(tmp_path / "b.csv", counts, header=False))

    def test_a_first_column_of_letters_beside_numbers_of_one_range_is_certain(self, tmp_path: Path) -> None:
        rows = 400
        X = np.random.default_rng(7).permuted(np.arange(5 * rows) % 16).reshape(rows, 5)
        X[0] = 9, 12, 5, 7, 3  # no number twice
        frame = pd.DataFrame(X)
        frame.insert(0, "letter", [*"TIDN"] * (rows // 4))
        dataset = trained(written(tmp_path / "a.csv", frame, header=False))
        assert (dataset.label, dataset.classes, dataset.m) == ("1", ("not D", "D"), rows)
        np.testing.assert_array_equal(dataset.X.T, X)
        for name, other in (
            ("sexes", frame.assign(letter=[*"MFIM"] * (rows // 4))),
            ("another range", frame.assign(price=RANDOM.integers(0, 50, rows))),
            ("words for few rows each", frame.assign(letter=[f"w{row // 8}" for row in range(rows)])),
        ):
            assert "go on with --no-header" in refusal(written(tmp_path / f"{name}.csv", other, header=False))

    def test_whole_numbers_among_those_below_are_an_example(self, tmp_path: Path) -> None:
        rows = [f"{row * 7 % 11},{row * 5 % 13},{row % 2}" for row in range(3, M)]
        (tmp_path / "a.csv").write_text("\n".join(rows))
        dataset = trained(str(tmp_path / "a.csv"))
        assert (dataset.m, dataset.label) == (M - 3, "3")
        (tmp_path / "b.csv").write_text("\n".join(["2010,7,0", *rows]))
        assert "its first line is an example, not names" in refusal(str(tmp_path / "b.csv"))

    def test_a_first_column_of_two_classes_is_offered_as_the_labels(self, tmp_path: Path) -> None:
        rows = [f"{'republican' if row % 3 else 'democrat'},{'ny?'[row % 3]},{'?yn'[row // 2 % 3]}" for row in range(M)]
        (tmp_path / "votes.data").write_text("\n".join(rows))
        told = refusal(str(tmp_path / "votes.data"), ReadOptions())
        assert followed(told, tmp_path).classes == ("democrat", "republican")


def test_labels_called_by_a_question_mark_stay_a_class(tmp_path: Path) -> None:
    rows = [f"{'vhml'[row % 4]},{'abc'[row // 2 % 3]},{'ny?'[row % 3]}" for row in range(M)]
    (tmp_path / "a.data").write_text("\n".join(rows))
    told = refusal(str(tmp_path / "a.data"), ReadOptions())
    assert followed(told.replace("--positive '?'", "--positive ?"), tmp_path).kinds == ("?", "n", "y")


def test_texts_may_be_missing(tmp_path: Path) -> None:
    words = ["free money for you now", "see you at home then", "", "call me when you can"]
    frame = pd.DataFrame({"text": [f"{words[row % 4]} {row}" if row % 4 != 2 else "" for row in range(M)]})
    path = written(tmp_path / "a.csv", frame.assign(label=["ham", "spam"] * (M // 2)))
    assert followed(refusal(path), tmp_path).m == M


def test_numbers_of_a_regression_get_the_command_that_makes_classes(tmp_path: Path) -> None:
    frame = pd.DataFrame({"size": RANDOM.normal(size=M), "price": RANDOM.normal(size=M)})
    told = refusal(written(tmp_path / "a.csv", frame))
    assert told.startswith("no column has few values, as labels have; name one with --label; the columns are")
    assert sorted(followed(told, tmp_path).labels) == [0] * (M // 2) + [1] * (M // 2)
    path = written(tmp_path / "b.csv", frame.assign(city=[f"city {row}" for row in range(M)]))
    assert refusal(path).startswith("name the column of labels with --label")


@pytest.mark.parametrize("place", [0, 2])
def test_labels_that_are_sorted_are_offered(tmp_path: Path, place: int) -> None:
    m = 3000
    frame = pd.DataFrame(np.random.default_rng(2).normal(size=(m, 2)), columns=["size", "weight"])
    frame.insert(place, "kind", [int(row < 2000) for row in range(m)])
    path = written(tmp_path / "a.csv", frame)
    assert refusal(path).startswith("the column of labels isn't named; go on with --label kind, or")
    assert trained(path, ReadOptions(guesses=True, label="kind")).n_x == 2
    short = written(tmp_path / "b.csv", frame[:500])
    assert refusal(short).startswith("name the column of labels with --label")


def test_comments_may_end_a_long_arff_file(tmp_path: Path) -> None:
    rows = "".join(f"{row % 97 / 7:.17f},{row % 89 / 3:.17f},{'ab'[row % 2]}\n" for row in range(40_000))
    begin = "@relation r\n@attribute x real\n@attribute z real\n@attribute class {a,b}\n@data\n"
    (tmp_path / "a.arff.gz").write_bytes(gzip.compress((begin + rows + "%\n%\n%\n").encode()))
    assert read(str(tmp_path / "a.arff.gz"), GUESSES).m == 40_000


class TestSvmlight:
    def test_comments_may_end_lines(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("# first\n1 2:2.5  10:-5 # one\n# two\n-1 5:1\n")
        assert read(str(tmp_path / "a.txt"), GUESSES).X.shape == (10, 2)

    @pytest.mark.parametrize("name", ["a.svm", "a.txt"])
    def test_several_labels_are_refused_with_the_command_for_one(self, tmp_path: Path, name: str) -> None:
        last = " 2:4\n" if name == "a.svm" else "7 2:4\n"  # a line without a label; the suffix alone tells its kind
        (tmp_path / name).write_text(f"3,5 1:0.5 2:1\n5 1:2\n5,3 1:1\n{last}")
        told = refusal(str(tmp_path / name))
        assert told.startswith("its lines have several labels, and a classifier needs one; for 3 as 1")
        np.testing.assert_array_equal(followed(told, tmp_path).labels, [1, 0, 1, 0])

    def test_a_damaged_line_is_no_second_label(self, tmp_path: Path) -> None:
        (tmp_path / "a.svm").write_text("1 1:0.5\n0 1:x\n")
        assert refusal(str(tmp_path / "a.svm")).startswith("not an svmlight file")


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_pickled_models_are_refused_as_such(tmp_path: Path, protocol: int) -> None:
    model = LogisticRegression().fit(FRAME[["a", "b"]], FRAME.target)
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(model, protocol))
    assert refusal(str(tmp_path / "model.pkl")) == "is a pickled model, not data; name the file of its training data"
    for data in (FRAME, FRAME.to_numpy(), {"X": FRAME.to_numpy()}):
        (tmp_path / "data.pkl").write_bytes(pickle.dumps(data, protocol))
        assert "if you trust it" in refusal(str(tmp_path / "data.pkl"))


@pytest.mark.parametrize("names", [("images", "masks"), ("imgs", "mask"), ("Images", "annotations")])
def test_images_with_masks_have_no_classes(tmp_path: Path, names: tuple[str, str]) -> None:
    for name in names:
        (tmp_path / name).mkdir()
        for number in range(3):
            Image.new("L", (4, 4), number).save(tmp_path / name / f"{number}.png")
    assert refusal(str(tmp_path)).startswith("images and their masks, but no classes; give it one sub-folder of images")


@pytest.mark.parametrize("count", [1, 3])
def test_each_line_above_a_table_is_said_to_be_left_out(tmp_path: Path, count: int) -> None:
    rows = "".join(f"{row % 7}.5,{row % 5}.25,{row % 2}\n" for row in range(M))
    (tmp_path / "a.data").write_text("300\n" * count + rows)
    dataset = read(str(tmp_path / "a.data"), GUESSES)
    assert dataset.m == M
    which = "line 1 is" if count == 1 else f"lines 1 to {count} are"
    assert dataset.readings[0] == f"{which} taken for a title, not for an example (300)"
