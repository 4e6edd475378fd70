"""CHANGELOG.md keeps the groups of Keep a Changelog, so that no list of notes grows beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradrace.bench.paths import ROOT

GROUPS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def stray(text: str) -> Iterator[str]:
    """Yield the headings that name no group, and the entries that stand in none."""
    group = ""
    for line in text.splitlines():
        if heading := re.match(r"##+ (.+)", line):
            group = heading[1] if heading[1] in GROUPS else ""
            if line.startswith("###") and not group:
                yield line
        elif line.startswith("- ") and not group:
            yield line


def test_each_entry_of_the_changelog_stands_in_a_group() -> None:
    assert list(stray((ROOT / "CHANGELOG.md").read_text())) == []


def test_an_entry_beside_the_groups_is_seen() -> None:
    text = "## Unreleased\n- a\n### Added\n- b\n  - c\n### What it has\n- d\n## 0.1.0\n- e\n### Fixed\n- f\n"
    assert list(stray(text)) == ["- a", "### What it has", "- d", "- e"]
