"""How figures, sizes and foreign text are written."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradrace.bench.results import Cell
from gradrace.bench.text import UNKNOWN, duration, significant
from gradrace.reports.words import between, count, json_text, listing, memory, plain, setting, sureness, times

NAN = float("nan")


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (12.34, "12.3 s"),
        (1.0, "1.00 s"),
        (0.9996, "1.00 s"),
        (0.9994, "999 ms"),
        (1.234e-3, "1.23 ms"),
        (56.78e-6, "56.8 µs"),
        (1e-9, "1.00 ns"),
        (2.5e-10, "0.250 ns"),
        (0.0, "0 ns"),
        (754.0, "754 s"),
        (NAN, UNKNOWN),
    ],
)
def test_durations_have_three_digits_in_the_unit_that_fits(seconds: float, written: str) -> None:
    assert duration(seconds) == written


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [(145.3, 2, "150"), (1453, 2, "1500"), (12345, 3, "12,300"), (9.96, 2, "10"), (0.0123, 2, "0.012")],
)
def test_numbers_are_rounded_to_their_digits(value: float, digits: int, written: str) -> None:
    assert significant(value, digits) == written


@pytest.mark.parametrize(("value", "written"), [(4.21e10, "4.2e10"), (3.21e-6, "3.2e-6"), (float("inf"), UNKNOWN)])
def test_very_large_and_very_small_numbers_have_exponents(value: float, written: str) -> None:
    assert significant(value, 2) == written


def test_an_interval_names_its_unit_once_if_both_ends_have_the_same() -> None:
    assert between(duration(12.1e-6), duration(12.5e-6)) == "12.1–12.5 µs"
    assert between(duration(980e-9), duration(1.2e-6)) == "980 ns–1.20 µs"
    assert between(duration(0.5), duration(2)) == "500 ms–2.00 s"
    assert between(times(140), times(150)) == "140–150×"
    assert between(times(NAN), times(NAN)) == UNKNOWN


def test_confidence_is_never_rounded_up() -> None:
    assert [sureness(0.9648), sureness(0.9375), sureness(0.75)] == ["95 %", "93 %", "75 %"]


def test_sizes_are_written_with_commas_from_five_digits_on() -> None:
    assert [count(209), count(1000), count(12288)] == ["209", "1000", "12,288"]
    assert setting(Cell(1, 1)) == "float64, 1 thread"
    assert setting(Cell(1, 1, "float32", 2)) == "float32, 2 threads"
    assert [memory(287e6), memory(NAN)] == ["287 MB", UNKNOWN]


def test_lists_read_as_sentences() -> None:
    assert [listing([]), listing(["a"]), listing(["a", "b"]), listing(["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_foreign_text_becomes_one_short_line_without_control_characters() -> None:
    assert plain("a\nb\r\n\tc\x1b[31m\u202egnp\x00") == "a b c [31m gnp"
    assert plain("x" * 10_000, limit=24) == "x" * 23 + "…"
    assert plain("x" * 24, limit=24) == "x" * 24
    assert plain("données_σ 日本") == "données_σ 日本"


@given(st.text())
def test_json_holds_nothing_that_a_terminal_obeys_and_says_the_same(text: str) -> None:
    told = json_text([text, "\x9b31m\u202e\U000e0001"], indent=1)
    assert told.replace("\n", "").isprintable()
    assert json.loads(told) == [text, "\x9b31m\u202e\U000e0001"]
