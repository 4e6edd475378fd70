"""The physical limit of a GPU: read the bytes of X once from its memory, as fast as it can.

The CPU's limit is in floor.py. The kernel is launched as a CUDA graph. At tiny sizes the limit is therefore the cost of
one launch and of waiting for it. The fastest block size depends on the size of X, so several are tried.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter_ns
from typing import Any, TypeAlias

import numpy as np
import torch
import triton
import triton.language as tl
from triton.runtime.errors import OutOfResources

from gradrace.bench.timing import timed
from gradrace.impls.interface import CPU, DEVICE, Implementation, Problem, Technique

Tensor: TypeAlias = Any  # torch.Tensor, if PyTorch is installed

WORD = 4

WAYS = ((8192, 8, 3, 2), (4096, 8, 4, 2), (16384, 8, 3, 1), (4096, 4, 3, 4), (2048, 4, 1, 8))
"""Words of a block, warps, pipeline stages, programs per multiprocessor. Each was the fastest of 9 at some size. (H200:
4.7 TB/s of 4.8, where torch.sum reads 4.3; docs/gpu.md.)
"""

TRIALS = 7


@dataclass(frozen=True, slots=True, eq=False)
class Bytes:
    """Bytes of X as words on the device, without an incomplete last word, how to read them, and the sums."""

    words: Tensor
    launch: Callable[[], None]
    totals: Tensor


@triton.jit(do_not_specialize=["words"])
def read(X: tl.tensor, totals: tl.tensor, words: tl.tensor, BLOCK: tl.constexpr, STAGES: tl.constexpr) -> None:
    """Write the sum of one program's words modulo 2³² to `totals`."""
    total = tl.zeros([BLOCK], tl.int32)
    for block in tl.range(tl.program_id(0), tl.cdiv(words, BLOCK), tl.num_programs(0), num_stages=STAGES):
        place = block * BLOCK + tl.arange(0, BLOCK).to(tl.int64)
        total += tl.load(X + place, mask=place < words, other=0)
    tl.store(totals + tl.program_id(0), tl.sum(total, axis=0))


def prepare(problem: Problem) -> Bytes:
    """Copy X to the device, and choose the fastest way to read it."""
    laid = np.array(problem.X).ravel(order="K").view(np.uint8)
    words = torch.from_numpy(laid[: laid.nbytes // WORD * WORD]).to(_device()).view(torch.int32)
    ways: list[Bytes] = []
    for how in WAYS:
        with suppress(OutOfResources):  # the largest blocks need more shared memory than smaller GPUs have
            ways.append(way(words, *how))
    return min(ways, key=lambda one: median(timed(partial(_read, one), perf_counter_ns)[0] for _ in range(TRIALS)))


def way(words: Tensor, block: int, warps: int, stages: int, programs: int) -> Bytes:
    """Return one way to read the words, compiled, and captured as a graph on a GPU."""
    on_gpu = _device() != CPU
    multiprocessors = torch.cuda.get_device_properties(0).multi_processor_count if on_gpu else 1
    count = max(1, min(multiprocessors * programs, triton.cdiv(len(words), block)))
    totals = torch.zeros(count, dtype=torch.int32, device=words.device)

    def launch() -> None:
        read[(count,)](words, totals, len(words), BLOCK=block, STAGES=stages, num_warps=warps)

    launch()  # compiles, which can't be captured
    if not on_gpu:
        return Bytes(words, launch, totals)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        launch()
    return Bytes(words, graph.replay, totals)


def limit(data: Bytes, w: Any, b: Any) -> tuple[Any, Any, Any]:
    """Read X. Return a result in the form of a gradient, with w and b in place of dw and db."""
    _read(data)
    return data.totals[0], w, b


def _read(data: Bytes) -> None:
    data.launch()
    if _device() != CPU:
        torch.cuda.current_stream().synchronize()


def _device() -> str:
    return os.environ.get(DEVICE, CPU)


IMPLEMENTATION = Implementation(technique=Technique.LIMIT, prepare=prepare, gradient=limit, devices=("cuda",))
