"""Numba's njit for functions whose machine code is cached, without the start of Numba's compiler.

Before Numba looks for cached code, it imports and registers all that its compiler can translate, and SciPy's linear
algebra. That takes 0.4 s of the 0.5 s until a kernel runs. Compiled code needs only the functions that allocate arrays.
A compilation registers everything itself.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numba
from numba.core.caching import FunctionCache
from numba.core.runtime import rtsys


class Cached(FunctionCache):  # type: ignore[misc]  # Numba has no types
    """Cache of one function's machine code, which is loaded without the compiler's registries.

    What can't be read is compiled anew, what can't be written isn't kept. With Numba's own cache, a damaged file, as a
    loss of power leaves it, or a full disk stops each process that calls the function.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the cached code for a signature; None if there is none."""
        rtsys.initialize(target_context)
        try:
            return self._load_overload(sig, target_context)
        except Exception:  # a damaged pickle may raise any
            with suppress(OSError):
                self.flush()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the code for a signature."""
        with suppress(OSError):
            self._save_overload(sig, data)


def njit_cached(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return the decorator njit(cache=True, **options) whose functions are loaded from the cache in less time."""

    def decorate(function: Callable[..., Any]) -> Any:
        compiled = numba.njit(**options)(function)
        compiled._cache = Cached(function)  # noqa: SLF001  # as `enable_caching` sets it
        return compiled

    return decorate
