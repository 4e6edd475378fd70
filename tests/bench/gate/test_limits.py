"""Limits of a check as a project's pyproject.toml sets them."""

from __future__ import annotations

import pytest

from gradrace.bench.gate.limits import USUAL, Limits, Rules, rules, rules_before
from gradrace.bench.paths import ROOT
from gradrace.bench.results import UnusableInput

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
