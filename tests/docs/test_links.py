"""Links between pages lead to files and headings that exist, and lines of text are at most 120 columns long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradrace.bench.paths import ROOT

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]),
]
GENERATED = "reference/command-line.md"
"""Page that the site writes from `--help`."""

LONGEST = 120

_CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and MkDocs make them."""
    headings = _HEADING.findall(_CODE.sub("", page.read_text()))
    return {re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", heading.lower())) for heading in headings}


def broken(page: Path) -> Iterator[str]:
    """Yield the links of a page to files and headings that don't exist."""
    for link in _LINK.findall(_CODE.sub("", page.read_text())):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if "://" in link or path.endswith(GENERATED):
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere_and_lines_are_short(page: Path) -> None:
    assert list(broken(page)) == []
    text = _CODE.sub("", page.read_text()).splitlines()
    assert [line for line in text if len(line) > LONGEST and not line.startswith(("|", "    ", "!["))] == []


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# The limit, again\n")
    page = tmp_path / "page.md"
    page.write_text(
        "# A\n[a](there.md#the-limit-again) [b](there.md#gone)\n```sh\n# [x](y.md)\n```\n[c](gone.md) [d](#x) [e](#a)"
    )
    assert list(broken(page)) == ["there.md#gone", "gone.md", "#x"]
