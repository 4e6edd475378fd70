"""Number of threads that a parallel loop of Numba wakes, chosen within compiled code.

A loop over fewer parts than threads wakes all of them nevertheless.
"""

from __future__ import annotations

from typing import Any

import numba
from numba import njit
from numba.core import types

numba.get_num_threads()  # chooses the threading layer, which defines the two functions below

get_threads = types.ExternalFunction("get_num_threads", types.intp())
set_threads = types.ExternalFunction("set_num_threads", types.void(types.int32))
"""Functions that Numba's of these names call. Code that calls Numba's can't be cached."""


@njit
def wake_at_most(threads: int) -> Any:
    """Let parallel loops wake at most `threads` threads; return the previous limit, for `set_threads`."""
    before = get_threads()
    set_threads(min(threads, before))
    return before
