"""Limits of a check: as a project's pyproject.toml sets them, and what memory and time exceed them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import pytest

from gradrace.bench.gate.limits import LEAST_MORE_BYTES, USUAL, Limits, Rules, rules, rules_before
from gradrace.bench.gate.tallies import Tally
from gradrace.bench.paths import ROOT
from gradrace.bench.results import UnusableInput
from tests.bench.gate.noisy import NEW, Noisy, check, gate_of

OURS = """
[tool.gradrace.check]
threshold = 8
slack-us = 2
[tool.gradrace.check.impl.fused]
threshold = 20
memory-threshold = 50
"""


def test_a_project_without_limits_has_the_usual_ones():
    assert rules(None) == rules(b"") == rules(b"[tool.other]\nx = 1\n") == Rules(USUAL, {})


def test_limits_of_one_implementation_replace_those_of_all():
    found = rules(OURS.encode())
    assert found.of("other") == Limits(0.08, 2e-6, 0.2)
    assert found.of("fused") == Limits(0.2, 2e-6, 0.5)


def test_the_threshold_of_the_command_line_is_that_of_all():
    found = rules(OURS.encode(), 0.1)
    assert (found.of("other").threshold, found.of("fused").threshold, found.of("fused").memory) == (0.1, 0.1, 0.5)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "[tool.gradrace.check]\ntreshold = 5",
            r"\[tool.gradrace.check\]: object contains unknown field 'treshold'; the k",
        ),
        ("[tool.gradrace.check]\nthreshold = '5'", r"\[tool.gradrace.check\]: threshold: expected a number, got text"),
        ("[tool.gradrace.check]\nthreshold = -5", r"threshold: expected a number > 0"),
        ("[tool.gradrace.check]\nthreshold = nan", r"threshold: expected a number > 0"),
        ("[tool.gradrace.check.impl.a]\nslack-us = inf", r"\[tool.gradrace.check.impl.a\]: slack-us: expected"),
        ("[tool.gradrace.check.impl]\na = 1", r"\[tool.gradrace.check.impl.a\]: expected a table, got a number"),
        ("[tool.gradrace]\ncheck = 1", "expected a table"),
        ("[tool.gradrace.check", "can't be read"),
    ],
)
def test_a_wrong_key_or_value_is_one_line(text: str, told: str):
    with pytest.raises(UnusableInput, match=told) as raised:
        rules(text.encode())
    assert "\n" not in str(raised.value)


def test_the_stricter_limits_of_both_sides_apply():
    looser = rules(b"[tool.gradrace.check]\nthreshold = 100\n[tool.gradrace.check.impl.fused]\nmemory-threshold = 30\n")
    for found in (rules(OURS.encode()).stricter(looser), looser.stricter(rules(OURS.encode()))):
        assert found.of("other") == Limits(0.08, 0.0, 0.2)
        assert found.of("fused") == Limits(0.2, 0.0, 0.3)
    assert looser.stricter(Rules()).of("other") == USUAL


def test_wrong_limits_of_the_past_are_the_usual_ones():
    assert rules_before(b"[tool.gradrace.check") == rules_before(b"[tool.gradrace.check]\nx = 1") == Rules()
    assert rules_before(OURS.encode(), 0.1) == rules(OURS.encode(), 0.1)


def test_the_limits_that_the_docs_show_are_the_usual_ones():
    text = (ROOT / "docs" / "gate.md").read_text().partition("```toml\n")[2].partition("```")[0]
    assert rules(text.encode()) == Rules(USUAL, {"numba_fused": Limits(threshold=0.1)})


@dataclass
class Compiling(Noisy):
    """A process that compiles, and needs more memory than others."""

    peak_bytes: int | None = 150_000_000


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [
        (50_000_000, 50_000_000 + LEAST_MORE_BYTES, "same"),
        (50_000_000, 70_000_000, "more memory"),
        (500_000_000, 590_000_000, "same"),
        (500_000_000, 610_000_000, "more memory"),
        (70_000_000, 50_000_000, "same"),
    ],
)
def test_more_memory_fails_beyond_a_share_and_an_amount(ready_cells, old, new, outcome):
    found = gate_of(ready_cells, lambda side, _: partial(Noisy, peak_bytes=new if side is NEW else old))
    assert {one.outcome for one in found} == {outcome}
    assert {one.alarms for one in found} == {outcome == "more memory"}
    assert {one.peak for one in found} == {(old, new)}


@pytest.mark.parametrize("compiling", [1, 2, 4])
def test_a_process_that_needed_more_memory_once_fails_nobody(ready_cells, compiling):
    found = gate_of(ready_cells, lambda side, number: Compiling if side is NEW and number == compiling else Noisy)
    assert [one.outcome for one in found] == ["same", "same"]


def test_more_memory_is_shown_by_six_pairs():
    tally = Tally("a", None, peaks=[(50_000_000, 70_000_000)] * 5)
    assert not tally.needs_more_memory
    tally.peaks.append(tally.peaks[0])
    assert tally.needs_more_memory


def test_more_memory_is_told_of_what_is_slower_too(ready_cells):
    found = check(ready_cells, lambda cell: 1.5, peak_bytes=90_000_000)
    assert {(one.outcome, one.more_memory) for one in found} == {("slower", True)}


def test_a_system_that_does_not_report_memory_passes(ready_cells):
    found = gate_of(ready_cells, lambda side, _: partial(Noisy, peak_bytes=None))
    assert {(one.outcome, one.peak) for one in found} == {("same", None)}


@pytest.mark.parametrize(("slack_s", "outcome"), [(0.0, "slower"), (1e-3, "slower"), (1e-2, "same")])
def test_a_slowdown_below_an_absolute_time_passes(ready_cells, slack_s, outcome):
    """Calls of 30 ms get slower by 15 %, 4.5 ms."""
    (found,) = check(ready_cells[:1], lambda cell: 1.15, rules=Rules(Limits(slack_s=slack_s)))
    assert found.outcome == outcome
    assert found.threshold == pytest.approx(max(0.05, slack_s / 0.03), rel=0.05)


def test_an_implementation_has_its_own_threshold(ready_cells):
    rules = Rules(named={"a": Limits(threshold=0.3)})
    found = check(ready_cells[:1], lambda cell: 1.15, names=("a", "b"), rules=rules)
    assert [(one.impl, one.outcome) for one in found] == [("a", "same"), ("b", "slower")]
