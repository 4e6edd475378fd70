"""The notebook runs from its first cell to its last, and holds no results of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parent.parent.parent / "docs" / "race.ipynb"


def cells(notebook: Path) -> list[dict]:
    return [cell for cell in json.loads(notebook.read_text())["cells"] if cell["cell_type"] == "code"]


def test_it_holds_no_outputs_that_could_be_of_another_day() -> None:
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells(NOTEBOOK))


@pytest.mark.slow
def test_it_runs_and_shows_tables_and_a_figure(tmp_path: Path) -> None:
    """By Jupyter's own program, in a process of its own: it warns of this and that."""
    ran = tmp_path / "race.ipynb"
    ran.write_text(NOTEBOOK.read_text())
    command = [sys.executable, "-m", "jupyter", "execute", "--inplace", str(ran)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    shown = [kind for cell in cells(ran) for output in cell["outputs"] for kind in output.get("data", {})]
    assert shown.count("text/html") == 3
    assert "image/png" in shown
