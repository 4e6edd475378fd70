"""Machine code of the oracle's kernels: compiled by LLVM, kept in a file, and loaded.

Writing and compiling the kernels takes 0.25 s, loading them 10 ms. A file is kept in a folder for one state of the
sources, and its name depends on the processor, LLVM and what the kernels do (`in_memory.py`), so that no code outlives
an edit, nor does that of changed functions replace it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

import llvmlite
import llvmlite.binding as llvm

DIGEST_BYTES = hashlib.sha256().digest_size


def target_machine() -> Any:
    """Return LLVM's description of this processor."""
    with suppress(RuntimeError):  # from llvmlite 0.45 on, there is nothing to initialize
        llvm.initialize()
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3, jit=True
    )


def compiled(machine: Any, text: str) -> bytes:
    """Return the machine code of LLVM's assembly language, as an object file."""
    code: bytes = machine.emit_object(llvm.parse_assembly(text))
    return code


def loaded(machine: Any, code: bytes) -> Any:
    """Return an engine that owns the functions of an object file."""
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine


def kept(folder: Path, kernels: str, make: Callable[[], bytes]) -> bytes:
    """Return the object file of kernels from a folder; make it, and write it there, if the folder has none.

    A file that isn't whole is made again. If it can't be written, nothing is kept.
    """
    processor = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten(), llvm.get_default_triple()
    key = repr((kernels, processor, llvmlite.__version__, llvm.llvm_version_info))
    file = folder / f"oracle-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    with suppress(OSError):
        found = file.read_bytes()
        if hashlib.sha256(found[DIGEST_BYTES:]).digest() == found[:DIGEST_BYTES]:
            return found[DIGEST_BYTES:]
    code = make()
    part = file.with_name(f"{file.name}.{token_hex(8)}")  # another process may write it, too
    with suppress(OSError):
        part.write_bytes(hashlib.sha256(code).digest() + code)
        part.replace(file)
    with suppress(OSError):
        part.unlink(missing_ok=True)  # of a full disk
    return code
