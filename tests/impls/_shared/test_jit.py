"""Cached kernels are loaded without Numba's compiler, which is there when something has to be compiled."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial

import numba
import numpy as np
import pytest

from gradrace.impls._shared import jit
from gradrace.impls._shared.compile_cache import VARIABLE

KERNEL = """
import sys
import numpy as np
from gradrace.impls._shared.jit import njit_cached
from numba import njit, prange
from numba.core import entrypoints

LEFT_OUT = {"numba.np.linalg", "numba.np.arrayobj", "numpy.ma"}

@njit_cached(parallel=True)
def total(x):
    found = np.zeros(len(x), x.dtype)
    for i in prange(len(x)):
        found[i] = np.exp(x[i])
    return found.sum()

def call(dtype):
    found = float(total(np.zeros(3, dtype)))
    compiler = bool(LEFT_OUT & {*sys.modules}) or entrypoints._already_initialized
    print(found, compiler, sum(total.stats.cache_hits.values()))
"""


def said(folder, *dtypes: str) -> list[str]:
    calls = "; ".join(f"call('{dtype}')" for dtype in dtypes)
    program = f"import gradrace.impls, os; os.environ['{VARIABLE}'] = '{folder}'; from kernel import call; {calls}"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    run = subprocess.run(
        [sys.executable, "-c", program], check=True, cwd=folder, env=environment, capture_output=True, text=True
    )
    assert not run.stderr
    return run.stdout.splitlines()


@pytest.mark.slow
def test_what_is_cached_is_loaded_without_the_compiler(tmp_path):
    (tmp_path / "kernel.py").write_text(KERNEL)
    assert said(tmp_path, "float64") == ["3.0 True 0"]
    assert said(tmp_path, "float64", "float32") == ["3.0 False 1", "3.0 True 1"]
    assert said(tmp_path, "float32", "float64") == ["3.0 False 1", "3.0 False 2"]


CALLING = """
@njit
def inner(x):
    if len(x) == 2:
        raise ValueError("two", x[0])
    print("inner", x[0])
    return np.zeros_like(x), str(len(x))

@njit_cached()
def outer(x):
    return inner(x)

def call_inner():
    print(*outer(np.zeros(1)), sum(outer.stats.cache_hits.values()))
    try:
        outer(np.zeros(2))
    except ValueError as error:
        print(error.args)

call_inner()
"""


@pytest.mark.slow
def test_a_cached_function_calls_others_that_print_make_text_and_fail(tmp_path):
    """Their environments have no constants, and aren't kept in the file."""
    (tmp_path / "kernel.py").write_text(KERNEL + CALLING)
    for hits in (0, 1):
        assert said(tmp_path) == ["inner 0.0", f"[0.] 1 {hits}", "('two', 0.0)"]


@pytest.mark.slow
def test_a_masked_array_is_refused_as_by_numba(tmp_path):
    (tmp_path / "kernel.py").write_text(KERNEL + MASKED)
    assert said(tmp_path) == ["refused"]


MASKED = """
try:
    total(np.ma.masked_array([1.0], [True]))
except Exception as error:
    print("refused" if "MaskedArray" in str(error) else error)
"""


def shortened(left: int) -> Callable[[bytes], bytes]:
    return lambda code: code[:left]


def with_zeros(share: float) -> Callable[[bytes], bytes]:
    """Replace 512 bytes, from this share of the file on: LLVM would end the process."""

    def replaced(code: bytes) -> bytes:
        begin = int(share * len(code))
        return code[:begin] + bytes(512) + code[begin + 512 :]

    return replaced


DAMAGES = [
    *[(suffix, shortened(left)) for suffix in ("nbi", "nbc") for left in (0, 20)],
    *[("nbc", with_zeros(share)) for share in (0.25, 0.5, 0.75)],
]
"""The damaged file of a signature, and how it is damaged."""

DTYPES = ("int8", "int16", "int32", "int64", "uint8", "float32", "float64")
"""Types of the kernel's argument. Each has files of its own, so that few processes compile for all damages."""


@pytest.mark.slow
def test_damaged_files_are_compiled_anew(tmp_path):
    (tmp_path / "kernel.py").write_text(KERNEL.replace("parallel=True", ""))
    said(tmp_path, *DTYPES)
    for index, (suffix, damage) in zip(sorted(tmp_path.rglob("*.nbi")), DAMAGES, strict=True):
        (file,) = index.parent.glob(f"{index.stem}*.{suffix}")
        file.write_bytes(damage(file.read_bytes()))
    assert said(tmp_path, *DTYPES) == ["3.0 True 0"] * len(DTYPES)
    assert said(tmp_path, *DTYPES) == [f"3.0 False {loaded}" for loaded in range(1, len(DTYPES) + 1)]


ARRAYS = {
    "Fortran order": np.zeros((3, 4), order="F"),
    "both orders": np.zeros((1, 4), order="F"),
    "strided": np.zeros(9)[::2],
    "reversed": np.zeros(9)[::-1],
    "repeated": np.broadcast_to(np.zeros(3), (4, 3)),
    "empty": np.zeros((0, 3)),
    "0-d": np.zeros(()),
    "unaligned": np.frombuffer(bytearray(17), np.uint8)[1:].view(np.float64),
    "read-only": np.frombuffer(bytes(16)),
    "other byte order": np.zeros(3, np.dtype(float).newbyteorder()),
    "80 bits": np.zeros(3, np.longdouble),
    "structured": np.zeros(3, [("a", "i1"), ("b", "f8")]),
    "no type": np.zeros(3, "V4"),
    "objects": np.array([1, None]),
    "matrix": np.zeros((1, 1)).view(np.matrix),
    "record": np.zeros(3, [("a", "f8")]).view(np.recarray),
    "masked": np.ma.zeros(3),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_types_are_those_of_numba(kind):
    function = numba.njit(lambda value: value)

    def outcome(type_of_value):
        try:
            found = type_of_value(ARRAYS[kind])
        except Exception as error:
            return str(error)
        return str(found), getattr(found, "mutable", None)

    assert outcome(partial(jit.type_of, function)) == outcome(function.typeof_pyval)


@pytest.mark.slow
def test_what_cannot_be_written_is_compiled(tmp_path):
    (tmp_path / "kernel.py").write_text(KERNEL + LOSING_ITS_FOLDER)
    assert said(tmp_path, "float64") == ["3.0 True 0"]


LOSING_ITS_FOLDER = """
from pathlib import Path
folder = Path(total.stats.cache_path)
folder.rmdir()
folder.write_text("no folder")
"""
