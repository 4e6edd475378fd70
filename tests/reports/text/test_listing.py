"""The list of the implementations: the technique of one that is unavailable, too, if its file tells it."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from gradrace.impls.discovery import STARTER, Source
from gradrace.reports.text.listing import show

STARTING = STARTER.read_text().encode("ascii", errors="replace").decode()
LACKING = STARTING.replace("import numpy as np\n", "import numpy as np\nimport no_such_library\n")


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (LACKING, "mine vectorized cpu Say here"),
        ("# coding: latin-1\n# \xe4\n" + LACKING, "mine vectorized cpu Say here"),
        (LACKING.replace("Technique.VECTORIZED", "known()"), "mine — cpu Say here"),
        (LACKING.replace("prepare=prepare", "prepare=prepared"), "mine — cpu Say here"),
        (LACKING.replace("technique=", "devices=('cuda',), technique="), "mine vectorized cuda Say here"),
        ("f(", "mine — cpu (can't be read:"),
    ],
)
def test_the_technique_of_an_unavailable_one_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, row: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # no GPU
    (tmp_path / "mine.py").write_bytes(text.encode("latin-1"))
    console = Console(file=StringIO(), width=200)
    show([Source("mine", tmp_path / "mine.py")], console)
    shown = " ".join(console.file.getvalue().split())
    assert row in shown
    assert "Unavailable: " in shown
