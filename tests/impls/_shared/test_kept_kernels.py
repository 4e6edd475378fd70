"""Copies of the same files share kernels. A kernel is compiled anew if anything changes that it may depend on."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from gradrace.bench.workers.client import LEAST_PATIENCE_S
from gradrace.impls._shared.compile_cache import FRESH, HERE, VARIABLE, kept_folder_of, kept_name, kept_state
from gradrace.impls._shared.jit import MOST_WAIT_S

MODULES = {
    "_kernel.py": """
from gradrace.impls._inner.helper import number
from gradrace.impls._shared.jit import njit_cached

@njit_cached()
def kernel(x):
    return number(x)
""",
    "_inner/__init__.py": "",
    "_inner/helper.py": """
from numba import njit
from gradrace.impls._inner.constants import FACTOR, TABLE

@njit
def number(x):
    return x * FACTOR + TABLE[0] + 0.5
""",
    "_inner/constants.py": """
from pathlib import Path

import numpy as np

FACTOR, TABLE = 2.0, (10.0, 0.0)
NUMBERS = tuple(np.load(Path(__file__).with_name("table.npy")).tolist())
""",
}
CALL = "from gradrace.impls._kernel import kernel\nprint(kernel(1.0), sum(kernel.stats.cache_hits.values()))"
COPIED = ("__init__.py", "_shared/__init__.py", "_shared/compile_cache.py", "_shared/jit.py")
TABLE = b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }"


def checkout(place: Path) -> Path:
    """Make a package with a kernel, its helper, the helper's constants, and a table of one number, 0.0."""
    impls = place / "gradrace" / "impls"
    (impls / "_shared").mkdir(parents=True)
    (impls / "_inner").mkdir()
    for name in COPIED:
        shutil.copy(HERE / name, impls / name)
    for name, text in MODULES.items():
        (impls / name).write_text(text)
    (impls / "_inner" / "table.npy").write_bytes(TABLE.ljust(127) + b"\n" + bytes(8))
    return place


def command(program: str = CALL) -> list[str]:
    return [sys.executable, "-B", "-c", program]


def environment(cache: Path, **settings: str) -> dict[str, str]:
    ours = (VARIABLE, FRESH, "PYTHONPATH")
    return {name: text for name, text in os.environ.items() if name not in ours} | {
        "XDG_CACHE_HOME": str(cache),
        **settings,
    }


def answer(place: Path, cache: Path, **settings: str) -> str:
    """Return what the kernel returns in a process of its own, and 1 if it was loaded, 0 if it was compiled."""
    run = subprocess.run(
        command(), check=False, cwd=place, env=environment(cache, **settings), capture_output=True, text=True
    )
    assert not run.stderr
    return run.stdout.strip()


def edited(place: Path, name: str, before: str, after: str) -> None:
    """Edit a file, so that its size and the time of its last change stay the same."""
    file = place / "gradrace" / "impls" / name
    found, text = file.stat(), file.read_text()
    assert before in text
    assert len(before) == len(after)
    file.write_text(text.replace(before, after))
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))


@pytest.mark.slow
def test_copies_of_the_same_files_share_a_kernel_and_others_do_not(tmp_path: Path) -> None:
    first, second, cache = checkout(tmp_path / "one"), checkout(tmp_path / "two" / "deeper"), tmp_path / "cache"
    assert answer(first, cache) == "12.5 0"
    assert answer(second, cache) == "12.5 1"
    edited(second, "_inner/helper.py", "+ 0.5", "+ 0.7")
    assert answer(second, cache) == "12.7 0"
    assert answer(first, cache) == "12.5 1"
    edited(second, "_inner/constants.py", "= 2.0", "= 3.0")
    assert answer(second, cache) == "13.7 0"
    edited(second, "_inner/constants.py", "(10.0", "(20.0")
    assert answer(second, cache) == "23.7 0"
    edited(second, "_inner/constants.py", "(20.0, 0.0)", "NUMBERS    ".ljust(11))
    edited(second, "_inner/constants.py", "FACTOR, TABLE = 3.0, NUMBERS    \n", "FACTOR = 3.0".ljust(32) + "\n")
    edited(second, "_inner/constants.py", "NUMBERS = tuple", "TABLE   = tuple")
    assert answer(second, cache) == "3.7 0"
    table = second / "gradrace" / "impls" / "_inner" / "table.npy"
    table.write_bytes(table.read_bytes()[:-8] + b"\x00\x00\x00\x00\x00\x00\x24\x40")  # 10.0
    assert answer(second, cache) == "13.7 0"
    assert answer(first, cache) == "12.5 1"


@pytest.mark.slow
def test_another_process_finds_the_kernels_of_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, cache = checkout(tmp_path / "one"), tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.delenv(VARIABLE, raising=False)
    impls = place / "gradrace" / "impls"
    assert kept_folder_of(impls) is None
    answer(place, cache)
    assert [kept_folder_of(impls)] == [*(cache / "gradrace").glob("gradrace-kernels-*")]
    (kept,) = (cache / "gradrace").glob("gradrace-kernels-*")
    kept.chmod(0o777)
    assert kept_folder_of(impls) is None  # nor does the process of the copy use one that everyone can write to
    kept.chmod(0o700)
    edited(place, "_inner/helper.py", "+ 0.5", "+ 0.7")
    assert kept_folder_of(impls) is None


@pytest.mark.slow
def test_settings_and_foreign_code_share_no_kernel(tmp_path: Path) -> None:
    place, cache = checkout(tmp_path / "one"), tmp_path / "cache"
    assert [answer(place, cache), answer(place, cache)] == ["12.5 0", "12.5 1"]
    assert answer(place, cache, NUMBA_OPT="1") == "12.5 0"
    assert answer(place, cache, **{FRESH: str(tmp_path / "fresh"), VARIABLE: str(tmp_path / "fresh")}) == "12.5 0"
    assert answer(place, cache, **{VARIABLE: str(tmp_path / "given")}) == "12.5 0"
    assert answer(checkout(tmp_path / "two"), tmp_path / "no cache", **{VARIABLE: str(tmp_path / "given")}) == "12.5 1"


@pytest.mark.slow
def test_one_of_several_processes_compiles(tmp_path: Path) -> None:
    place, cache = checkout(tmp_path / "one"), tmp_path / "cache"
    runs = [
        subprocess.Popen(command(), cwd=place, env=environment(cache), stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert sorted(run.communicate()[0].strip() for run in runs) == ["12.5 0", "12.5 1", "12.5 1"]


@pytest.mark.slow
def test_a_kernel_of_outdated_bytecode_is_not_kept(tmp_path: Path) -> None:
    """An edit within a second may leave a file's size and date as they were: then Python runs the old bytecode."""
    first, second, cache = checkout(tmp_path / "one"), checkout(tmp_path / "two"), tmp_path / "cache"
    writing = environment(cache)
    writing.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run([sys.executable, "-c", CALL], check=True, cwd=first, env=writing, stdout=subprocess.DEVNULL)
    for place in (first, second):
        edited(place, "_inner/helper.py", "+ 0.5", "+ 0.7")
    assert answer(first, cache) == "12.5 0"
    assert answer(second, cache) == "12.7 0"


LATER_FOREIGN = f"""
from gradrace.impls import _kernel
from gradrace.impls._shared.compile_cache import begin_anew
begin_anew()
_kernel.number.py_func.__globals__["FACTOR"] = 4.0
{CALL}
"""


@pytest.mark.slow
def test_a_kernel_that_foreign_code_may_have_changed_is_not_kept(tmp_path: Path) -> None:
    place, cache = checkout(tmp_path / "one"), tmp_path / "cache"
    run = subprocess.run(
        command(LATER_FOREIGN), check=True, cwd=place, env=environment(cache), capture_output=True, text=True
    )
    assert run.stdout.strip() == "14.5 0"
    assert answer(place, cache) == "12.5 0"


EDITED_MEANWHILE = f"""
from pathlib import Path
import gradrace.impls
from gradrace.impls import _kernel
helper = Path("gradrace/impls/_inner/helper.py")
helper.write_text(helper.read_text().replace("+ 0.5", "+ 0.7"))
{CALL}
"""


@pytest.mark.slow
def test_a_kernel_of_files_that_were_edited_meanwhile_is_not_kept(tmp_path: Path) -> None:
    place, cache = checkout(tmp_path / "one"), tmp_path / "cache"
    for _ in range(2):
        run = subprocess.run(
            command(EDITED_MEANWHILE), check=True, cwd=place, env=environment(cache), capture_output=True, text=True
        )
        assert run.stdout.strip() == "12.5 0"
        assert answer(place, cache) == "12.7 0"
        shutil.rmtree(place)
        shutil.rmtree(cache)
        checkout(place)


FAILING = """
import sys
from gradrace.impls._kernel import kernel
try:
    kernel("text")
except Exception as error:
    print(type(error).__name__, flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
def test_nobody_waits_for_one_that_could_not_compile(tmp_path: Path) -> None:
    place, cache = checkout(tmp_path / "one"), tmp_path / "cache"
    with subprocess.Popen(command(FAILING), cwd=place, env=environment(cache), stdin=-1, stdout=-1, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "TypingError\n"
        second = subprocess.run(
            command(FAILING),
            check=True,
            cwd=place,
            env=environment(cache),
            input="",
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert second.stdout == "TypingError\n"
        first.communicate("")


WAITING = f"""
from gradrace.impls._shared.jit import Cached
Cached.most_wait_s = 0.5
{CALL}
print(Cached.most_wait_s)
"""


@pytest.mark.slow
def test_a_process_that_is_stopped_while_it_compiles_is_waited_for_once_and_briefly(tmp_path: Path) -> None:
    place, cache = checkout(tmp_path / "one"), tmp_path / "cache"
    assert answer(place, cache) == "12.5 0"
    (lock,), (index,) = cache.rglob("*.lock"), cache.rglob("*.nbi")
    index.unlink()
    with lock.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        run = subprocess.run(
            command(WAITING), check=True, cwd=place, env=environment(cache), capture_output=True, text=True
        )
    assert run.stdout.split() == ["12.5", "0", "0.0"]
    assert MOST_WAIT_S < LEAST_PATIENCE_S


def name_of(place: Path) -> str | None:
    """Return the name of the folder for a package's kernels in its present state."""
    return None if (state := kept_state(place / "gradrace" / "impls")) is None else kept_name(state)


def test_every_file_counts_by_its_place_and_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    impls = checkout(tmp_path / "one") / "gradrace" / "impls"
    seen = [name_of(tmp_path / "one")]
    assert name_of(tmp_path / "one") == seen[0]
    (impls / "__pycache__").mkdir()
    (impls / "__pycache__" / "kernel.pyc").touch()
    assert name_of(tmp_path / "one") == seen[0]
    for change in (
        lambda: (impls / "_inner" / "helper.py").rename(impls / "helper.py"),
        lambda: (impls / "data").mkdir() or (impls / "data" / "weights.bin").write_bytes(b"1"),
        lambda: (impls / "data" / "weights.bin").write_bytes(b"2"),
        (impls / "data" / ".hidden.npy").touch,
        (impls / "_kernel.py").unlink,
    ):
        change()
        seen.append(name_of(tmp_path / "one"))
    monkeypatch.setattr("importlib.metadata.version", lambda library: f"{library} of another version")
    seen.append(name_of(tmp_path / "one"))
    monkeypatch.setattr(sys, "prefix", "/another/environment")
    seen.append(name_of(tmp_path / "one"))
    monkeypatch.setattr(sys, "flags", SimpleNamespace(optimize=2))
    seen.append(name_of(tmp_path / "one"))
    assert None not in seen
    assert len({*seen}) == len(seen)


@pytest.mark.parametrize("kind", ["folder", "pipe", "nothing"])
def test_what_cannot_be_read_for_certain_is_not_kept(tmp_path: Path, kind: str) -> None:
    impls, elsewhere = checkout(tmp_path / "one") / "gradrace" / "impls", tmp_path / "elsewhere"
    if kind == "folder":
        elsewhere.mkdir()
    elif kind == "pipe":
        os.mkfifo(elsewhere)
    (impls / "linked").symlink_to(elsewhere)
    assert name_of(tmp_path / "one") is None
