"""No kernel outlives an edit of the files that it was compiled from, whichever way the files are imported."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from gradrace.impls._shared.compile_cache import HERE, VARIABLE, compiled_folder

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
def test_with_one_folder_for_all_it_would_not_be(tmp_path):
    """The fault that this guards against is still Numba's."""
    one_for_all = {VARIABLE: str(tmp_path / "one")}
    assert answer(checkout_with(tmp_path, HELPER.format(1)), **one_for_all) == "1"
    assert answer(checkout_with(tmp_path, HELPER.format(2)), **one_for_all) == "1"


def test_the_oldest_states_are_tidied_away(tmp_path):
    (tmp_path / "__pycache__").mkdir()
    for number in range(10):
        (tmp_path / "__pycache__" / f"gradrace-numba-{number}").mkdir()
    compiled_folder(tmp_path)
    assert len(list((tmp_path / "__pycache__").iterdir())) == 4
