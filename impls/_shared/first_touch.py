"""Memory near the threads that read it.

Linux takes a page from the memory node of the core that first writes to it. NumPy copies with one thread, so that all
of a copy would lie in one node, and all threads would share the bandwidth of that node.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numba import prange
from numpy.typing import NDArray

from gradrace.impls._shared.jit import njit_cached
from gradrace.impls._shared.threads import set_threads, wake_at_most

PAGE = 4096
STATUS = Path("/proc/self/status")


def touched(memory: NDArray[Any], threads: int) -> NDArray[Any]:
    """Return a new 1-D array whose pages lie near the threads that will read them: thread t the t-th of equal parts.

    Its pages aren't touched if this process may use the memory of one node only.
    """
    if threads > 1 and has_several_nodes():
        touch(memory.view(np.uint8), threads)
    return memory


def has_several_nodes() -> bool:
    """Return whether this process may use the memory of several nodes."""
    try:
        nodes = re.search(r"^Mems_allowed_list:\s*(\S*)$", STATUS.read_text(), re.MULTILINE)
    except OSError:
        return False
    return nodes is not None and not nodes[1].isdecimal()


@njit_cached(parallel=True)
def touch(memory: Any, threads: int) -> None:
    """Write 0 to a byte of each page, each thread to its part."""
    before = wake_at_most(threads)
    for thread in prange(threads):
        for place in range(len(memory) * thread // threads, len(memory) * (thread + 1) // threads, PAGE):
            memory[place] = 0
    set_threads(before)
