"""The race for notebooks and scripts."""

from __future__ import annotations

import math
import subprocess
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest

import gradrace
from gradrace.bench.results import ErrorOverBound, UnusableInput
from gradrace.bench.subjects.rows import Row
from gradrace.bench.verification.hard_problems import MADE_UP
from gradrace.notebook import _verified, _words, chosen


def halved(X, Y, w, b):
    """Wrong: J is half of what it should be."""
    z = w @ X + b
    a = 1 / (1 + np.exp(-z))
    return -np.mean(Y * np.log(a) + (1 - Y) * np.log(1 - a)) / 2, X @ (a - Y) / Y.size, np.mean(a - Y)


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory):
    out = tmp_path_factory.mktemp("raced")
    return gradrace.race(["numpy_vectorized", halved], m=[10, 20, 40], nx=3, budget_s=60, threads=1, out=out), out


def test_a_race_is_a_table_an_answer_and_figures(raced) -> None:
    found, _ = raced
    assert {*found.table.impl} == {"numpy_vectorized"}
    assert [*found.table.m] == [10, 20, 40]
    wrong, why, *_, more = found.answer[:5]  # a reason for each of 3 sizes
    assert wrong == "Wrong gradient, so not timed: halved."
    assert why.startswith("wrong: halved at m = 10, n_x = 3 (verify): J is off by ")
    assert more == "`gradrace.verify` of a wrong one names the mistake, or where its error begins."
    assert "J is half of what it should be" in gradrace.verify(halved, m=10, nx=3, threads=1, quick=True).verdict
    assert {drawn._repr_png_()[:4] for drawn in found.figures().values()} == {b"\x89PNG"}
    assert repr(found) == "\n".join(found.answer)
    html = found._repr_html_()
    assert "numpy_vectorized" in html
    assert "halved" in html


def test_results_that_were_kept_are_loaded_again(raced) -> None:
    found, out = raced
    for place in (out / "results.json", out, str(out)):
        loaded = gradrace.load_results(place)
        assert loaded.table.equals(found.table)
        assert loaded.answer == found.answer
    with pytest.raises(UnusableInput, match=r"results\.json: No such file.*; name a results\.json .* or its folder"):
        gradrace.load_results(out.parent)


def test_a_verification_is_a_table() -> None:
    table = gradrace.verify(halved, m=10, nx=3, dtype="float64", threads=1, quick=True)
    assert {*table.impl} == {"halved"}
    assert not table.right.all()
    assert [*table.findings[table.right]] == [""] * table.right.sum()
    assert table[~table.right].findings.str.contains("J").all()
    *_, fault, skipped = table.verdict.splitlines()
    assert fault == "Wrong: halved; the lines above name the faults."
    assert skipped.startswith("quick=True skipped ")
    assert table.verdict.startswith("halved: J is half of what it should be: the rest is right\nwrong: halved on ")
    assert repr(table).startswith(f"{table.verdict}\n\n")
    assert str(table) == repr(table)
    assert table._repr_html_().startswith("<p>halved: J is half of what it should be")
    assert "verdict" not in table.columns
    assert "Wrong" not in repr(table[table.right])  # a part of the rows has no verdict
    assert (table.right == (table.error_over_bound <= 1)).all()
    assert gradrace.verify("numpy_columns", m=10, nx=3, threads=1, quick=True).right.all()


def test_the_verdict_names_a_size_at_which_nothing_was_verified() -> None:
    right = Row(impl="a", problem="p", m=1, n_x=1, dtype="float64", error_over_bound=ErrorOverBound(0.5, 0.5, 0.5))
    asked = [msgspec.structs.replace(right, problem=MADE_UP, m=m) for m in (10, 99)]
    skipped = msgspec.structs.replace(asked[1], error_over_bound=None, skipped="slow")
    assert "was verified" not in _verified([right, *asked]).verdict
    for rows in ([right, skipped], [right, asked[0], skipped], [skipped]):
        told = "m = 99, n_x = 1: no implementation was verified (a: slow); give a smaller --m."
        assert _verified(rows).verdict.splitlines()[-1] == told
    assert _verified([skipped]).verdict.startswith("No implementation was verified.\n")


def test_a_verification_without_its_table_in_html() -> None:
    row = Row(impl="a", problem="p", m=1, n_x=1, dtype="float64", skipped="slow")
    with pd.option_context("display.notebook_repr_html", False):
        html = _verified([row])._repr_html_()
    assert html.startswith("<p>No implementation was verified.</p>")
    assert html.endswith("</p>")


def test_the_cells_of_a_verification_are_plain() -> None:
    known = Row(impl="a", problem="p", m=1, n_x=1, dtype="float64", error_over_bound=ErrorOverBound(0.5, 2.0, math.nan))
    rows = [known, Row(impl="a", problem="q", m=1, n_x=1, dtype="float64", skipped="too slow")]
    table = _verified([msgspec.structs.replace(known, findings=("dw is wrong", "so is db"), same_bits=False), *rows])
    assert [*table.right] == [False, True, pd.NA]
    assert [*table.findings] == ["dw is wrong; so is db", "", ""]
    assert [*table[~table.right].findings] == ["dw is wrong; so is db"]
    assert {str(kind) for kind in table[["right", "same_bits"]].dtypes} == {"boolean"}
    assert table.error_over_bound.dtype == float


def test_who_takes_part_may_be_named_in_many_ways(tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    file.write_text("IMPLEMENTATION = None")
    names = [source.name for source in chosen(["numpy_columns,numpy_vectorized", str(file), file, halved])]
    assert names == ["numpy_columns", "numpy_vectorized", "own", "halved"]
    assert [source.name for source in chosen(halved)] == ["halved"]
    assert chosen(chosen(file)) == chosen(str(file))


def test_what_is_impossible_starts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    file = tmp_path / "lacking.py"
    file.write_text("import no_such_library\nIMPLEMENTATION = None\n")
    for asked in (gradrace.race, gradrace.verify):
        with pytest.raises(UnusableInput, match="lacking needs the package 'no_such_library'"):
            asked(file, m=10, nx=3)
        with pytest.raises(UnusableInput, match="GB are free"):
            asked("numpy_vectorized", m=10**10, nx=1000)


def test_what_is_not_there_is_told() -> None:
    with pytest.raises(AttributeError, match="no attribute 'rase'"):
        gradrace.rase  # noqa: B018
    for name in gradrace.__all__:
        assert getattr(gradrace, name)
    assert dir(gradrace) == sorted(gradrace.__all__)


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        *((None, ""), (10, "10"), (np.int64(10), "10"), (np.uint8(7), "7"), (np.array(5), "5"), ([], "")),
        *(([10, np.int32(20)], "10,20"), (np.array([10, 20]), "10,20"), (range(1, 4), "1,2,3"), ((3,), "3")),
        *((pd.Series([3, 4]), "3,4"), (2**60, str(2**60)), ("10,20", "10,20")),
    ],
)
def test_sizes_may_be_whole_numbers_of_any_kind(sizes, words: str) -> None:
    assert _words(sizes) == words


@pytest.mark.parametrize("options", [{"m": 10.5, "nx": 3}, {"m": np.array([10.0]), "nx": 3}, {"m": True, "nx": 3}])
def test_sizes_that_are_none_are_refused(options) -> None:
    with pytest.raises(UnusableInput, match=r"--m: .*not a whole number"):
        gradrace.verify("numpy_vectorized", quick=True, **options)


@pytest.mark.parametrize("options", [{"seed": -1}, {"seed": 1.5}, {"threads": 0}, {"threads": "two"}, {"seed": 2**63}])
def test_other_numbers_that_are_none_are_refused(options) -> None:
    (name,) = options
    for call in (gradrace.race, gradrace.verify):
        with pytest.raises(UnusableInput, match=rf"^{name}: .* is not a whole number of"):
            call("numpy_vectorized", m=10, nx=3, **options)


def test_numbers_of_numpy_are_kept_in_results(tmp_path: Path) -> None:
    numbers = {"m": np.int64(10), "nx": np.array([3]), "seed": np.int64(1), "threads": np.int32(1)}
    found = gradrace.race("numpy_vectorized", budget_s=np.float32(20), out=tmp_path, **numbers)
    assert found.results.options["seed"] == 1
    assert [*gradrace.load_results(tmp_path).table.m.unique()] == [10]


def test_a_function_with_the_name_of_an_implementation_is_refused() -> None:
    def numba_fused(X, Y, w, b):
        return b, w, b

    with pytest.raises(
        UnusableInput, match=r"^numba_fused is the name of an existing implementation; rename the function$"
    ):
        chosen(["numpy_columns", numba_fused])
