"""The oracle's machine code in a file: it never outlives its sources, and a damaged file is made again."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from gradrace.bench.verification.exact import formulas, kernels, machine_code, summation
from gradrace.bench.verification.exact.in_memory import meaning
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


def test_what_cannot_be_put_in_place_leaves_no_part(tmp_path):
    kept(tmp_path, "these", lambda: b"code")
    (file,) = tmp_path.iterdir()
    file.unlink()
    file.mkdir()
    assert kept(tmp_path, "these", lambda: b"code") == b"code"
    assert [*tmp_path.iterdir()] == [file]


def test_code_of_functions_changed_in_memory_is_kept_apart(tmp_path, monkeypatch):
    """Otherwise one experiment would change the oracle of all later processes."""
    with monkeypatch.context() as patch:
        patch.setattr(formulas, "_TERMS", [(0.5, 0.0), *formulas._TERMS[1:]])
        Library(kernels.KERNELS, folder=tmp_path)
    (changed,) = tmp_path.iterdir()
    Library(kernels.KERNELS, folder=tmp_path)
    right, other = sorted(tmp_path.iterdir(), key=lambda file: file == changed)
    assert other == changed
    assert right.read_bytes() != changed.read_bytes()


def scaled(by: float):
    return lambda a, b: (a * by, b)


def doubled(a, b, by=2.0):
    return a * by, b


CHANGES = [
    *((formulas, "two_sum", other) for other in (scaled(1.0), scaled(2.0), doubled)),
    (formulas, "_LN2_3", 0.0),
    (formulas, "_HALVINGS", 4),
    (formulas.Pair, "__add__", formulas.Pair.__mul__),
    (kernels, "GROUP", 2),
    (kernels, "Row", kernels.Factor),
    (machine_code, "NEAREST_BITS", 0),
    (machine_code, "INT", machine_code.I32),
    (machine_code.Lanes, "times_plus", lambda self, factor, summand: self * factor + summand),
    (machine_code.Code, "loop", lambda *_: None),
    (doubled, "__defaults__", (3.0,)),
]


def test_each_change_of_what_kernels_name_changes_their_meaning(monkeypatch):
    def found() -> str:
        return meaning((kernels.KERNELS, machine_code._written, doubled))

    texts = [found()]
    assert not re.search("0x[0-9a-f]{6}", texts[0])  # an address, which differs between processes
    for where, name, value in CHANGES:
        with monkeypatch.context() as patch:
            patch.setattr(where, name, value)
            texts.append(found())
        assert found() == texts[0]
    assert len({*texts}) == len(CHANGES) + 1


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
