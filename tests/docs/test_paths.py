"""Paths that the documentation names exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradrace.bench.paths import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / ".ci" / "run", *sorted((ROOT / "docs").rglob("*.md"))]
NAMED = re.compile(r"(?<![\w/])((?:tests|bench|impls|reports|gradrace|studies|docs|examples)/[\w./-]*\w)")
"""A path of the project, from its root."""


def missing(text: str) -> Iterator[str]:
    """The paths in a text that don't exist."""
    yield from (path for path in NAMED.findall(text) if not (ROOT / path).exists())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_on_a_page_exists(page: Path) -> None:
    assert list(missing(page.read_text())) == []


def test_a_path_that_is_gone_is_seen() -> None:
    assert list(missing("`tests/bench/test_gone.py` and `bench/results.py`")) == ["tests/bench/test_gone.py"]
