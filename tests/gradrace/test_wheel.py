"""The wheel installs one name, and works in a folder whose files are called as ours once were."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from email.parser import Parser
from pathlib import Path

import pytest

import gradrace
from gradrace.bench.paths import ROOT
from gradrace.impls._shared.compile_cache import FRESH, VARIABLE

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
    shutil.unpack_archive(next(here.glob("*.whl")), here / "installed", "zip")
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


def test_the_wheel_contains_the_same_files_as_the_checkout(wheel: Path) -> None:
    for name in ("impls", "bench", "reports"):
        expected = {file.relative_to(ROOT / name) for file in (ROOT / name).rglob("*") if is_source(file)}
        packed = wheel / "gradrace" / name
        assert {file.relative_to(packed) for file in packed.rglob("*") if is_source(file)} == expected


def is_source(file: Path) -> bool:
    return file.is_file() and "__pycache__" not in file.parts


def test_an_index_page_has_absolute_links_and_the_same_text(wheel: Path) -> None:
    """A link of a checkout, docs/gate.md, leads nowhere on another site."""
    told = Parser().parsestr(next(wheel.glob("*.dist-info/METADATA")).read_text(encoding="utf-8"))
    page, readme = str(told.get_payload()), (ROOT / "README.md").read_text(encoding="utf-8")
    link = re.compile(r"\]\(([^)]+)\)")
    here, there = link.findall(readme), link.findall(page)
    assert len(here) == len(there) > 20
    for local, absolute in zip(here, there, strict=True):
        assert absolute.startswith("https://"), local
        assert absolute.endswith(local)
        assert local.startswith("https://") or (ROOT / local).exists()
    assert link.sub("](", page).strip() == link.sub("](", readme).strip()


def test_the_metadata_tell_what_an_index_shows(wheel: Path) -> None:
    told = Parser().parsestr(next(wheel.glob("*.dist-info/METADATA")).read_text(encoding="utf-8"))
    assert told["Version"] == gradrace.__version__
    assert told["Description-Content-Type"] == "text/markdown"
    assert told["Author-email"]
    assert {one.partition(",")[0] for one in told.get_all("Project-URL", [])} >= {"Homepage", "Issues", "Changelog"}
    assert {f"Programming Language :: Python :: 3.{minor}" for minor in (11, 12, 13, 14)} <= {
        *told.get_all("Classifier", [])
    }
    assert "Typing :: Typed" in told.get_all("Classifier", [])


def test_an_installed_package_compiles_elsewhere_so_that_nothing_is_left_of_it(wheel: Path, tmp_path: Path) -> None:
    """pip removes what it installed, and would leave a cache beside it."""
    shutil.copytree(wheel, tmp_path / "site-packages")
    code = "import gradrace.impls, os; print(os.environ['NUMBA_CACHE_DIR'])"
    variables = {**os.environ, "PYTHONPATH": str(tmp_path / "site-packages"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    for name in (VARIABLE, FRESH):  # which commands in this process may have set
        variables.pop(name, None)
    command = [sys.executable, "-P", "-c", code]
    told = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=True, timeout=300)
    assert Path(told.stdout.strip()).parent == tmp_path / "cache" / "gradrace"


def test_the_sdist_holds_all_that_its_tests_need(tmp_path: Path) -> None:
    """Its wheel has the same files as the checkout's, and a test runs in it."""
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(checkout)], check=True, timeout=300)
    subprocess.run([sys.executable, "-m", "build", "--sdist", "--outdir", tmp_path, checkout], check=True, timeout=300)
    shutil.unpack_archive(next(tmp_path.glob("*.tar.gz")), tmp_path, filter="data")
    unpacked = tmp_path / f"gradrace-{gradrace.__version__}"
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=checkout, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    links = {"gradrace/bench", "gradrace/impls", "gradrace/reports"}
    assert [name for name in tracked if name not in links and not (unpacked / name).is_file()] == []
    assert all((unpacked / link).is_dir() for link in links)
    words = [
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/bench/test_results_file.py",
        "tests/bench/test_stats.py",
    ]
    told = python("-P", *words, installed=unpacked, cwd=unpacked)
    assert told.returncode == 0, told.stdout
    assert " passed" in told.stdout
