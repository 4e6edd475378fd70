"""Numba's njit for functions whose machine code is cached, without the start of Numba's compiler.

Before Numba looks for cached code, it imports and registers all that its compiler can translate, and SciPy's linear
algebra. That takes 0.4 s of the 0.5 s until a kernel runs. Compiled code needs only the functions that allocate arrays.
A compilation registers everything itself. What else is left out here took 55 of the 85 ms of the first call.

Numba's own cache belongs to a path. All copies of the same files share the kernels of `impls`
(`compile_cache.kept_folder`), and of several processes that need the same kernel, one compiles it.
"""

from __future__ import annotations

import fcntl
import hashlib
import pickle
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any

import llvmlite.binding as llvm
import numba
import numpy as np
from numba.core import types
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.compiler import CompileResult
from numba.core.errors import NumbaNotImplementedError
from numba.core.runtime import _nrt_python
from numba.np import numpy_support

from gradrace.impls._shared.compile_cache import HERE, is_as_begun, kept_folder

LOOK_EVERY_S, MOST_WAIT_S = 0.02, 20.0
"""Seconds between checks whether another process has compiled a kernel, and after which it is compiled here, too. A
kernel takes up to 7 s of CPU, and a worker has 30 s for its first answer.
"""


@cache
def offer_allocation() -> None:
    """Offer the functions that allocate arrays to machine code. Numba would also compile what its compiler needs."""
    for name, address in _nrt_python.c_helpers.items():
        llvm.add_symbol(name if name.startswith("_") else f"NRT_{name}", address)


class Stored(CompileResult):  # type: ignore[misc]  # Numba has no types
    """Compiled function whose cache file names only the environments that hold constants.

    The others would import Numba's implementation of NumPy's functions, only to find their global variables.
    """

    __slots__ = ()

    def _find_referenced_environments(self) -> list[Any]:
        return [one for one in super()._find_referenced_environments() if one.consts]


class Checked(IndexDataCacheFile):  # type: ignore[misc]  # Numba has no types
    """Files of a cache that hold the hash of the code beside it.

    A loss of power may leave a block of zeros in a file. LLVM ends each process that loads such code.
    """

    def _save_data(self, name: str, data: Any) -> None:
        code = self._dump(data)
        super()._save_data(name, (hashlib.sha256(code).digest(), code))

    def _load_data(self, name: str) -> Any:
        digest, code = super()._load_data(name)
        if hashlib.sha256(code).digest() != digest:
            raise ValueError(f"{name} is damaged")
        return pickle.loads(code)  # noqa: S301  # as Numba loads its cache, from the user's own folder


class Cached(FunctionCache):  # type: ignore[misc]  # Numba has no types
    """Cache of one function's machine code, which is loaded without the compiler's registries.

    What can't be read is compiled anew, what can't be written isn't kept. With Numba's own cache, a damaged file, as a
    loss of power leaves it, or a full disk stops each process that calls the function.

    Each signature and processor has an index of its own. In one for all, as Numba has it, two processes that compile
    at the same time may exchange their code.

    most_wait_s: seconds to wait for another process; 0 after one wait in vain, as the other process may be stopped.
    """

    most_wait_s = MOST_WAIT_S

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self._stamp = self._impl.locator.get_source_stamp()
        self._turn: IO[bytes] | None = None
        file, kept = Path(function.__code__.co_filename).absolute(), kept_folder()
        self._is_kept = kept is not None and file.is_relative_to(HERE)
        if kept is not None and self._is_kept:  # its name says what the code was compiled from
            self._cache_path, self._stamp = str(kept / file.relative_to(HERE).parent), None

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the cached code for a signature, also if another process is compiling it; None if there is none.

        In that case, this process is to compile it, and others wait until `let_go`.
        """
        offer_allocation()
        self._choose(sig, target_context.codegen())
        if (found := self._found(sig, target_context)) is None:
            with suppress(OSError):
                self._turn = self._waited()
            found = self._found(sig, target_context)
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the code for a signature, unless a file was edited since the process began: it may be of either."""
        if self._is_kept and not is_as_begun():
            return
        self._choose(sig, data.codegen)
        with suppress(OSError):
            self._save_overload(sig, Stored(*data))

    def let_go(self) -> None:
        """Let other processes load or compile what this one has compiled, or couldn't."""
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.close()

    def _choose(self, sig: Any, codegen: Any) -> None:
        """Choose the files of a signature."""
        key = hashlib.sha256(repr(self._index_key(sig, codegen)).encode()).hexdigest()[:16]
        self._cache_file = Checked(self._cache_path, f"{self._impl.filename_base}.{key}", self._stamp)

    def _found(self, sig: Any, target_context: Any) -> Any:
        try:
            return self._load_overload(sig, target_context)
        except Exception:  # a damaged pickle may raise any
            with suppress(OSError):
                self.flush()
            return None

    def _waited(self) -> IO[bytes] | None:
        """Lock a file beside the index, once no other process has; return it, or None after `most_wait_s` seconds.

        Raises OSError if files can't be written or locked there.
        """
        folder, until_s = Path(self._cache_path), monotonic() + self.most_wait_s
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / f"{self._cache_file._index_name}.lock").open("wb")  # noqa: SLF001  # until `let_go`
        while monotonic() < until_s:
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return file
            sleep(LOOK_EVERY_S)
        file.close()
        Cached.most_wait_s = 0.0
        return None


def njit_cached(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return the decorator njit(cache=True, **options) whose functions are loaded from the cache in less time."""

    def decorate(function: Callable[..., Any]) -> Any:
        compiled, code = numba.njit(**options)(function), Cached(function)
        compile_or_load = compiled.compile

        def compiled_once(signature: Any) -> Any:
            try:
                return compile_or_load(signature)
            finally:
                code.let_go()

        compiled._cache = code  # noqa: SLF001  # as `enable_caching` sets it
        compiled.compile = compiled_once
        compiled.typeof_pyval = partial(type_of, compiled)
        compiled._compilation_chain_init_hook = no_extensions  # noqa: SLF001
        return compiled

    return decorate


def no_extensions() -> None:
    """Don't look for packages that extend Numba before a first call: no kernel here needs them."""


def type_of(function: Any, value: Any) -> Any:
    """Return Numba's type of an argument of a function, as Numba does.

    Numba would also ask whether an array is masked, for which it imports numpy.ma.
    """
    try:
        kind = numpy_support.from_dtype(value.dtype) if type(value) is np.ndarray else None
    except NumbaNotImplementedError:  # numbers in the other byte order, or of 80 bits
        kind = None
    if kind is None:
        return type(function).typeof_pyval(function, value)
    found = types.Array(kind, value.ndim, numpy_support.map_layout(value), readonly=not value.flags.writeable)
    function._types_active_call.add(found)  # noqa: SLF001  # as Numba does, until the call ends
    return found
