"""No worker runs what Numba compiled of a file before its edit, wherever the file lies, whatever the user has set."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gradrace.bench.problems import made_up, save
from gradrace.bench.workers import process
from gradrace.bench.workers.process import WorkerFailed
from gradrace.bench.workers.task import Task
from gradrace.impls.discovery import Source
from tests.bench.implementations import write

PATIENCE_S = 120

CALLER = """
from numba import njit
from {module} import factor

@njit(cache=True)
def taken(J):
    return J * factor()
"""
COMPILED = """
from numba import njit

@njit
def factor():
    return {number}
"""
A_CONSTANT_AWAY = """
from numba import njit
from middle import NUMBER

@njit
def factor():
    return NUMBER
"""
NAMED = "(Path(__file__).with_name('cache.txt')).write_text(os.environ['NUMBA_CACHE_DIR'])\n"


@contextmanager
def started(source: Source) -> Iterator[process.WorkerProcess]:
    """A worker that has loaded its implementation."""
    worker = process.start(source, threads=1)
    try:
        worker.expect(str, PATIENCE_S)
        yield worker
    finally:
        worker.end()


def cost(worker: process.WorkerProcess, case: Path) -> float:
    """Its J for a saved case."""
    worker.ask(Task.prepare, str(case), timeout_s=PATIENCE_S)
    return float(worker.ask(Task.compute, timeout_s=PATIENCE_S).gradient.J)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "case").mkdir()
    (tmp_path / "own").mkdir()
    save(made_up(6, 3), tmp_path / "case")
    return tmp_path


def costs(folder: Path, module: str, texts: dict[str, str], *numbers: float, top: str = "") -> list[float]:
    """The cost that a worker computes after each edit: of an implementation that multiplies it by a number."""
    top = f"from pathlib import Path\n{top}{CALLER.format(module=module)}{NAMED}"
    source = write(folder / "own", "mine", top=top, gradient="J = taken(J)")
    found = []
    for number in numbers:
        for name, text in texts.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text.format(number=number))
        with started(source) as worker:
            found.append(cost(worker, folder / "case"))
            compiled = Path((folder / "own" / "cache.txt").read_text())
            assert [*compiled.rglob("*.nbc")], "Numba kept nothing: the test shows nothing"
        assert not compiled.exists()
    return found


SETTINGS = "cache_dir: kept\ncache_locator_classes: InTreeCacheLocator\n"

LAYOUTS = {
    "in a sub-folder": ("inner.deep.helper", {"own/inner/deep/helper.py": COMPILED}, {}),
    "in a package elsewhere": (
        "their_package",
        {"elsewhere/their_package/__init__.py": "from their_package._part import factor\n"}
        | {"elsewhere/their_package/_part.py": COMPILED},
        {"PYTHONPATH": "{folder}/elsewhere"},
    ),
    "beside it, NUMBA_CACHE_DIR set": ("helper", {"own/helper.py": COMPILED}, {"NUMBA_CACHE_DIR": "{folder}/cache"}),
    "a constant two imports away": (
        "helper",
        {"own/helper.py": A_CONSTANT_AWAY, "own/middle.py": "from far.end import NUMBER\n"}
        | {"own/far/end.py": "NUMBER = {number}\n"},
        {},
    ),
    "NUMBA_CACHE_DIR relative": ("helper", {"own/helper.py": COMPILED}, {"NUMBA_CACHE_DIR": "cache"}),
    "NUMBA_CACHE_DIR not writable": ("helper", {"own/helper.py": COMPILED}, {"NUMBA_CACHE_DIR": "/dev/null/cache"}),
    "another locator": ("helper", {"own/helper.py": COMPILED}, {"NUMBA_CACHE_LOCATOR_CLASSES": "InTreeCacheLocator"}),
    "a file of settings": (
        "helper",
        {
            "own/helper.py": COMPILED,
            ".numba_config.yaml": SETTINGS,
        },
        {},
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LAYOUTS)
def test_an_edit_is_noticed(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, texts, variables = LAYOUTS[name]
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value.format(folder=folder))
    monkeypatch.chdir(folder)
    first, second = costs(folder, module, texts, 1.0, 2.0)
    assert second == pytest.approx(2 * first)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["beside it", "in a package", "the file itself"])
def test_an_edit_within_a_second_is_noticed(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python takes bytecode as current where the size and the second of the source agree."""
    helper = {"beside it": "own/helper.py", "in a package": "own/helper/__init__.py", "the file itself": "own/mine.py"}
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    (tmp_path / "own" / "helper").mkdir(parents=True)
    (tmp_path / "case").mkdir()
    save(made_up(6, 3), tmp_path / "case")
    found = []
    for number in (1.0, 2.0):
        text = f"FACTOR = {number}\n"
        top = text if name == "the file itself" else "from helper import FACTOR\n"
        source = write(tmp_path / "own", "mine", top=top, gradient="J = J * FACTOR")
        file = tmp_path / helper[name]
        if name != "the file itself":
            file.write_text(text)
        os.utime(file, (1e9, 1e9))
        with started(source) as worker:
            found.append(cost(worker, tmp_path / "case"))
    assert found[1] == pytest.approx(2 * found[0])
    assert not [*(tmp_path / "own").rglob("*.pyc")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "top", ["os.environ['NUMBA_CACHE_DIR'] = '{folder}'\n", "import numba; numba.config.CACHE_DIR = '{folder}'\n"]
)
def test_a_file_that_names_a_cache_of_its_own_is_refused(folder: Path, top: str) -> None:
    with pytest.raises(WorkerFailed, match=r"sets Numba's cache folder.*leave it unset"):
        costs(folder, "helper", {"own/helper.py": COMPILED}, 1.0, top=top.format(folder=folder))


def test_a_worker_that_is_killed_leaves_no_folder_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    worker = process.start(write(tmp_path, "hangs", top="time.sleep(600)"), threads=1)
    try:
        assert len([*tmp_path.glob("gradrace-scratch-*")]) == 1
    finally:
        worker.end()
    assert not [*tmp_path.glob("gradrace-*")]


def test_pipes_and_folders_beside_it_are_no_files(tmp_path: Path) -> None:
    """Nothing waits for one who writes into a pipe, and none is tried to be read as a file."""
    source = write(tmp_path, "mine", top="if False:\n    import pipe, folder, loop, secret")
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    (tmp_path / "latin.py").write_bytes(b"# -*- coding: latin-1 -*-\n# \xe9\n")
    (tmp_path / "secret.py").write_text("")
    (tmp_path / "secret.py").chmod(0)
    worker = process.start(source, threads=1)
    try:
        assert worker.expect(str, PATIENCE_S) == "vectorized"
    finally:
        worker.end()
    assert source.contents()
