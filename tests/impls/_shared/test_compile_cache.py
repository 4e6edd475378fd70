"""No kernel outlives an edit of the files that it was compiled from, whichever way the files are imported."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gradrace.impls._shared import compile_cache
from gradrace.impls._shared.compile_cache import HERE, VARIABLE, compiled_folder, kept_state, state

KERNEL = """
from numba import njit
from gradrace.impls._helper import number

@njit(cache=True)
def kernel():
    return number()
"""
HELPER = """
from numba import njit

@njit
def number():
    return {}
"""


def answer(checkout, *, numba_first=False, **environment: str) -> str:
    program = ("import numba\n" if numba_first else "") + "from gradrace.impls._kernel import kernel; print(kernel())"
    command = [sys.executable, "-B", "-c", program]  # its own bytecode can't tell two edits within a second apart
    run = subprocess.run(command, check=False, cwd=checkout, env=environment, capture_output=True, text=True)
    assert not run.stderr
    return run.stdout.strip()


def checkout_with(tmp_path, helper: str):
    folder = tmp_path / "gradrace" / "impls"
    (folder / "_shared").mkdir(parents=True, exist_ok=True)
    for name in ("__init__.py", "_shared/__init__.py", "_shared/compile_cache.py"):
        shutil.copy(HERE / name, folder / name)
    (folder / "_helper.py").write_text(helper)
    if not (folder / "_kernel.py").exists():
        (folder / "_kernel.py").write_text(KERNEL)
    return tmp_path


@pytest.mark.slow
def test_an_edit_of_a_file_that_is_called_into_is_noticed(tmp_path):
    assert answer(checkout_with(tmp_path, HELPER.format(1))) == "1"
    assert answer(checkout_with(tmp_path, HELPER.format(2))) == "2"
    assert answer(checkout_with(tmp_path, HELPER.format(3)), numba_first=True) == "3"


@pytest.mark.slow
def test_an_edit_is_noticed_in_a_folder_that_the_user_names(tmp_path):
    of_the_user = {VARIABLE: str(tmp_path / "one")}
    assert answer(checkout_with(tmp_path, HELPER.format(1)), **of_the_user) == "1"
    assert answer(checkout_with(tmp_path, HELPER.format(2)), **of_the_user) == "2"
    assert len([*(tmp_path / "one").iterdir()]) == 2


ALONE = """
import sys
sys.path.insert(0, {folder!r})
from kernel import kernel
print(kernel())
"""


@pytest.mark.slow
def test_numba_alone_would_not_notice(tmp_path):
    """The fault that this guards against is still Numba's."""
    (tmp_path / "kernel.py").write_text(KERNEL.replace("gradrace.impls._helper", "helper"))
    for number in (1, 2):
        (tmp_path / "helper.py").write_text(HELPER.format(number))
        command = [sys.executable, "-B", "-c", ALONE.format(folder=str(tmp_path))]
        assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() == "1"


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith("NUMBA_")]:
        monkeypatch.delenv(name)
    return monkeypatch


def test_a_folder_that_the_user_names_holds_ours(tmp_path, unset):
    unset.chdir(tmp_path)
    unset.setenv(VARIABLE, "relative")
    (folder := tmp_path / "sources").mkdir()
    ours = compiled_folder(folder)
    assert ours.parent == tmp_path / "relative"
    unset.setenv(VARIABLE, str(ours))  # as a process finds it that one of ours has started
    assert compiled_folder(folder) == ours


@pytest.mark.parametrize("given", ["/dev/null/cache", "/proc/cache"])
def test_one_that_cannot_be_written_is_passed_over(tmp_path, unset, given):
    unset.setattr(os, "environ", os.environ | {VARIABLE: given})
    assert compiled_folder(tmp_path).parent == tmp_path / "__pycache__"


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="users aren't told apart")
def test_code_is_never_loaded_from_a_folder_of_another_user(tmp_path, unset):
    """Everyone can predict the folder's name, and create it in a folder such as /tmp."""
    unset.setenv(VARIABLE, str(tmp_path / "everyones"))
    ours = compiled_folder(tmp_path)
    assert ours.parent == tmp_path / "everyones"
    assert stat.S_IMODE(ours.stat().st_mode) == 0o700
    ours.chmod(0o777)
    assert compiled_folder(tmp_path).parent == tmp_path / "__pycache__"
    ours.chmod(0o755)
    assert compiled_folder(tmp_path) == ours
    ours.rename(tmp_path / "moved")
    ours.symlink_to(tmp_path / "moved")
    assert compiled_folder(tmp_path).parent == tmp_path / "__pycache__"
    unset.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    compiled_folder(tmp_path)
    unset.setattr(os, "getuid", lambda: ours.stat().st_uid + 1)
    assert compiled_folder(tmp_path).name.startswith("gradrace-compiled-")


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path, unset):
    unset.setenv("XDG_CACHE_HOME", "/dev/null")
    (tmp_path / "__pycache__").write_text("no folder")
    folder = compiled_folder(tmp_path)
    assert folder.name.startswith("gradrace-compiled-")
    assert not folder.exists()


def test_a_folder_that_is_gone_is_not_made_again(tmp_path, unset):
    unset.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    compiled_folder(tmp_path / "gone")
    assert not [*tmp_path.iterdir()]


def test_settings_of_numba_have_a_folder_each(tmp_path, unset):
    unset.chdir(tmp_path)
    plain = compiled_folder(tmp_path)
    unset.setenv("NUMBA_NUM_THREADS", "1")
    assert compiled_folder(tmp_path) == plain
    unset.setenv("NUMBA_OPT", "0")
    slow = compiled_folder(tmp_path)
    unset.delenv("NUMBA_OPT")
    (tmp_path / ".numba_config.yaml").write_text("opt: 0\n")
    assert len({plain, slow, compiled_folder(tmp_path)}) == 3


def test_a_state_is_of_files_only(tmp_path):
    before = state(tmp_path)
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    assert state(tmp_path) != before  # and it has ended


def test_a_name_that_is_not_utf_8_is_part_of_a_state(tmp_path):
    """Every worker failed if a file had such a name."""
    before, kept = state(tmp_path), kept_state(tmp_path)
    (tmp_path / os.fsdecode(b"\xff.py")).write_text("")
    assert state(tmp_path) != before
    assert kept_state(tmp_path) not in (None, kept)


def test_what_this_process_runs_of_others_goes_with_it(monkeypatch):
    for name in (VARIABLE, compile_cache.FRESH, compile_cache.LOCATORS, compile_cache.CUPY):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    compile_cache.keep_apart()
    kept = os.environ[VARIABLE]
    compile_cache.begin_anew()
    assert os.environ[VARIABLE] == os.environ[compile_cache.FRESH] == os.environ[compile_cache.CUPY]
    assert not Path(os.environ[VARIABLE]).exists()
    compile_cache.keep_apart()
    assert os.environ[VARIABLE] == kept


def test_the_oldest_states_are_tidied_away(tmp_path):
    (tmp_path / "__pycache__").mkdir()
    for number in range(10):
        (tmp_path / "__pycache__" / f"gradrace-numba-{number}").mkdir()
    compiled_folder(tmp_path)
    assert len(list((tmp_path / "__pycache__").iterdir())) == 5


def test_of_the_kernels_of_all_copies_16_earlier_states_are_kept(tmp_path, unset):
    unset.setenv(VARIABLE, str(tmp_path))
    unset.setattr(compile_cache, "KEPT_STATE", "now")
    unset.delenv(compile_cache.FRESH, raising=False)
    for number in range(20):
        (tmp_path / f"gradrace-kernels-{number}").mkdir()
    assert compile_cache.kept_folder() in (kept := [*tmp_path.iterdir()])
    assert len(kept) == 17
