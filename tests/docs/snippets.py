"""Blocks of code in a page, and whether each is run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

RUN = ("sh", "python")
SHOWN = ("toml", "yaml", "json", "text", "ini")
"""Languages of blocks that can't be run."""

_BLOCK = re.compile(
    r"(?:<!-- not run: (?P<reason>[^>]+?) -->\s*\n+)?^```(?P<language>\w*)[^\n]*\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)

_BUDGET = re.compile(r"(--budget |budget_s=)(\d+)\b")
_RUN = re.compile(r"gradrace run(?!.*--budget)")
_CALL = re.compile(r"gradrace\.verify\(([^()]+)\)")


def hurried(code: str, most_s: int) -> str:
    """Return the code with budgets of at most most_s seconds and quick verifications.

    A larger budget succeeds, too, and `tests/impls/test_verified.py` verifies in full.
    """
    code = _BUDGET.sub(
        lambda found: f"{found[1]}{min(int(found[2]), most_s)}", _RUN.sub(f"gradrace run --budget {most_s}", code)
    )
    return _CALL.sub(r"gradrace.verify(\1, quick=True)", code.replace("gradrace verify", "gradrace verify --quick"))


@dataclass(frozen=True)
class Snippet:
    """One block. reason: why it isn't run, as a comment above it says; None where it is."""

    line: int
    language: str
    code: str
    reason: str | None


def snippets(page: Path) -> list[Snippet]:
    """Return the blocks in the order of the page."""
    text = page.read_text(encoding="utf-8")
    return [
        Snippet(text[: found.start("code")].count("\n") + 1, found["language"], found["code"], found["reason"])
        for found in _BLOCK.finditer(text)
    ]
