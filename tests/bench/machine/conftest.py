"""A system whose files a test writes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gradrace.bench.machine.system import System

Machine = Callable[[dict[str, str]], System]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Make a system of {path: text}."""

    def make(files: dict[str, str]) -> System:
        root = Path(tempfile.mkdtemp(dir=tmp_path))
        for path, text in files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return System(root)

    return make
