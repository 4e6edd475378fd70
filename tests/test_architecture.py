"""The rules of the house, held by reading its import statements."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BELOW = {
    "impls": {"impls"},
    "bench": {"bench", "impls"},
    "reports": {"reports", "bench", "impls"},
    "gradrace": {"gradrace", "reports", "bench", "impls"},
}
FILES = [(package, file) for package in BELOW for file in sorted((ROOT / package).rglob("*.py"))]


def imported(source: str) -> set[str]:
    """The modules that a file imports, wherever in it the statement stands."""
    modules = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return modules


def uphill(package: str, source: str) -> set[str]:
    """What a file of this package imports from our packages above it."""
    ours = {*BELOW, "tests"}
    return {module for module in imported(source) if module.split(".")[0] in ours - BELOW[package]}


def beside(source: str, implementations: set[str]) -> set[str]:
    """Which implementations a file imports."""
    return {module for module in imported(source) if module.removeprefix("impls.") in implementations}


@pytest.mark.parametrize(("package", "file"), FILES, ids=lambda value: getattr(value, "name", value))
def test_imports_run_one_way(package: str, file: Path) -> None:
    assert uphill(package, file.read_text()) == set()


def test_an_import_uphill_is_seen() -> None:
    assert uphill("impls", "import numpy\ndef f():\n    from bench.results import Cell\n") == {
        "bench.results",
        "bench.results.Cell",
    }
    assert uphill("bench", "import reports.tables") == {"reports.tables"}


def test_implementations_never_import_each_other() -> None:
    files = [file for file in (ROOT / "impls").glob("[!_]*.py") if file.stem not in {"interface", "discovery"}]
    names = {file.stem for file in files}
    assert {file.name: beside(file.read_text(), names) for file in files} == {file.name: set() for file in files}
    assert beside("from impls.numba_loop import gradient", names) == {"impls.numba_loop"}


def test_bench_knows_implementations_only_through_interface_and_discovery() -> None:
    allowed = {"impls.interface", "impls.discovery"}
    for file in (ROOT / "bench").rglob("*.py"):
        modules = {".".join(module.split(".")[:2]) for module in imported(file.read_text())}
        assert {module for module in modules if module.startswith("impls.")} <= allowed, file.name


@pytest.mark.parametrize(
    "statement", ["import gradrace.cli.main", "import reports.report, reports.terminal, reports.progress"]
)
def test_numba_is_left_alone_by(statement: str) -> None:
    program = f"{statement}\nimport sys\nprint('numba' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_the_front_door_imports_nothing_slow() -> None:
    program = (
        "import gradrace.cli.main, sys\nprint(sorted({'numpy', 'pandas', 'scipy', 'matplotlib'} & {*sys.modules}))"
    )
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
