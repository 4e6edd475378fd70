"""The wheel installs one name, and works in a folder whose files are called as ours once were."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gradrace.bench.paths import ROOT

pytestmark = pytest.mark.slow
"""`test_functions.py` has a quick one, without a race."""

RACE = (
    "import gradrace\n"
    "raced = gradrace.race(['numpy_vectorized', 'mine.py'], m=[10], nx=3, budget_s=30, threads=1)\n"
    "print(gradrace.__file__, sorted({*raced.table.impl}))\n"
)

OLD = "from impls.interface import Implementation, Problem, Technique\n"


def python(*words: str, installed: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "PYTHONPATH": str(installed), "COLUMNS": "80"}
    return subprocess.run(
        [sys.executable, *words], cwd=cwd, env=variables, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's folder: modules called as ours once were, an implementation, and one for the old name."""
    for name in ("bench.py", "reports.py", "impls.py"):
        (tmp_path / name).write_text("raise RuntimeError('a file of the user')\n")
    (tmp_path / "old.py").write_text(OLD)
    shutil.copy(ROOT / "impls" / "_shared" / "starter.py", tmp_path / "mine.py")
    return tmp_path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which a wheel was unpacked: built from a copy, as building leaves files where it builds."""
    here = tmp_path_factory.mktemp("wheel")
    for name in ("gradrace", "impls", "bench", "reports"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, here / "source" / name, symlinks=True, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, here / "source")
    (here / "source" / "build" / "lib" / "bench").mkdir(parents=True)
    (here / "source" / "build" / "lib" / "bench" / "old.py").write_text("raise RuntimeError('of an earlier layout')\n")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", here, here / "source"]
    subprocess.run([*map(str, command)], check=True, timeout=300)
    with zipfile.ZipFile(next(here.glob("*.whl"))) as file:
        file.extractall(here / "installed")
    return here / "installed"


def works(installed: Path, folder: Path) -> None:
    """A race works there, and a file for the old name is refused in one line."""
    told = python("-c", RACE, installed=installed, cwd=folder)
    expected = f"{installed / 'gradrace' / '__init__.py'} ['mine', 'numpy_vectorized']\n"
    assert (told.stdout, told.returncode) == (expected, 0), told.stderr
    told = python("-P", "-m", "gradrace", "verify", "--impl", "old.py", installed=installed, cwd=folder)
    assert told.returncode == 2
    assert told.stderr == (
        "gradrace: --impl: old.py imports `impls`, which is called `gradrace.impls` now: write "
        "`from gradrace import Implementation, Problem, Technique`\n"
    )


def test_a_checkout_works_beside_files_of_such_names(folder: Path) -> None:
    works(ROOT, folder)


def test_the_wheel_installs_one_name_and_works_beside_files_of_such_names(wheel: Path, folder: Path) -> None:
    assert [path.name for path in wheel.iterdir() if path.suffix != ".dist-info"] == ["gradrace"]
    assert {"impls", "bench", "reports", "cli", "py.typed"} <= {path.name for path in (wheel / "gradrace").iterdir()}
    works(wheel, folder)
