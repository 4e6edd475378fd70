"""The oracle's machine code in a file: it never outlives its sources, and a damaged file is made again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gradrace.bench.verification.exact import kernels, summation
from gradrace.bench.verification.exact.machine_code import Library
from gradrace.bench.verification.exact.object_code import kept
from gradrace.bench.verification.exact.oracle import oracle
from gradrace.bench.verification.hard_problems import case
from gradrace.impls.discovery import compiled_folder


def never() -> bytes:
    raise AssertionError("it is there already")


def test_it_is_compiled_once_for_each_set_of_kernels(tmp_path):
    assert kept(tmp_path, "these", lambda: b"code") == b"code"
    assert kept(tmp_path, "these", never) == b"code"
    assert kept(tmp_path, "others", lambda: b"other code") == b"other code"


@pytest.mark.parametrize("damaged", [b"", b"too short", slice(0, -1), slice(1, None)])
def test_a_damaged_file_is_made_again(tmp_path, damaged):
    kept(tmp_path, "these", lambda: b"code")
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[damaged] if isinstance(damaged, slice) else damaged)
    assert kept(tmp_path, "these", lambda: b"new code") == b"new code"
    assert kept(tmp_path, "these", never) == b"new code"


def test_where_nothing_can_be_written_it_is_compiled(tmp_path):
    assert kept(tmp_path / "gone", "these", lambda: b"code") == b"code"
    assert not [*tmp_path.iterdir()]


def test_another_processor_or_llvm_has_a_file_of_its_own(tmp_path, monkeypatch):
    kept(tmp_path, "these", lambda: b"code")
    for name, value in (("get_host_cpu_name", lambda: "other"), ("llvm_version_info", (1, 2, 3))):
        with monkeypatch.context() as patch:
            patch.setattr(f"llvmlite.binding.{name}", value)
            assert kept(tmp_path, "these", lambda: b"code of another") == b"code of another"
    assert kept(tmp_path, "these", never) == b"code"


def test_an_edit_of_the_sources_leads_to_another_folder(tmp_path):
    (tmp_path / "formulas.py").write_text("degree = 11")
    before = compiled_folder(tmp_path)
    (tmp_path / "formulas.py").write_text("degree = 12")
    assert before != compiled_folder(tmp_path)
    assert kernels.FOLDER == compiled_folder(Path(kernels.__file__).absolute().parent)


def test_loaded_code_gives_the_bits_of_compiled_code(tmp_path, monkeypatch):
    given = case(70, 30, largest_z=20.0)
    found = []
    for folder in (None, tmp_path, tmp_path):
        compiled = Library(kernels.KERNELS, folder=folder)
        monkeypatch.setattr(summation, "library", lambda compiled=compiled: compiled)
        right = oracle(given.problem, given.w, given.b)
        found.append([np.append(right.dw.hi, right.dw.lo).tobytes(), right.J.hi, right.J.lo, right.db.hi, right.db.lo])
    assert found[0] == found[1] == found[2]
    assert len([*tmp_path.iterdir()]) == 1
