"""Every test is in one of two tiers, and .ci/run and the workflow run both."""

from __future__ import annotations

import re

import pytest

from gradrace.bench.paths import ROOT
from tests.conftest import QUICK, SLOW_FIXTURES

SLOW = "slow"


def test_what_pytest_leaves_out_unasked_is_the_slow_tier_and_nothing_else(pytestconfig: pytest.Config) -> None:
    """A test has the mark or hasn't: `slow` and `not slow` are all tests, and none is in both."""
    asked = pytestconfig.getini("addopts")
    assert asked[asked.index("-m") + 1] == QUICK == f"not {SLOW}"
    assert not {"-k", "--ignore", "--ignore-glob", "--deselect"} & {word.split("=")[0] for word in asked}
    assert pytestconfig.getini("testpaths") == ["tests"]


@pytest.mark.parametrize("file", [".ci/run", ".github/workflows/tests-and-gate.yml"])
def test_both_tiers_are_run(file: str) -> None:
    text = (ROOT / file).read_text()
    quick = re.search(r'readme_command 2|bin/pytest"?$', text, re.MULTILINE)
    assert quick is not None
    assert re.search(rf"bin/pytest.* -m {SLOW}\b", text)


def test_the_readme_runs_the_quick_tier_and_contributing_names_the_other() -> None:
    assert re.search(r"'\.\[test\]' && \.venv/bin/pytest$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert f".venv/bin/pytest -m {SLOW}" in (ROOT / "CONTRIBUTING.md").read_text()


def test_what_starts_a_browser_or_a_cluster_is_slow_without_a_mark_of_its_own(request: pytest.FixtureRequest) -> None:
    for item in request.session.items:
        if {*getattr(item, "fixturenames", ())} & SLOW_FIXTURES.keys():
            assert item.get_closest_marker(SLOW), item.nodeid
