"""A repository with implementations."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradrace.bench.gate.code.sides import HARNESS
from gradrace.impls.discovery import HERE
from tests.bench.gate.code.checkouts import git


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with three implementations, two of which share a helper; one commit."""
    folder = tmp_path / "checkout"
    impls = folder / "impls"
    impls.mkdir(parents=True)
    for name in HARNESS:
        (impls / name).parent.mkdir(exist_ok=True)
        (impls / name).write_bytes((HERE / name).read_bytes())
    (impls / "_helper.py").write_text("from gradrace.impls._room import deeper\n")
    (impls / "_room").mkdir()
    (impls / "_room" / "deeper.py").write_text("NUMBER = 1\n")
    (impls / "one.py").write_text("from gradrace.impls._helper import x\n")
    (impls / "two.py").write_text("import gradrace.impls._helper\n")
    (impls / "three.py").write_text("import numpy\n")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    return folder
