"""A problem's examples on a GPU, and the launches that compute with them, each a graph that is replayed at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
import triton

from gradrace.impls._shared import tensors
from gradrace.impls._shared.tensors import Tensor
from gradrace.impls._triton.layout import LOAD_BYTES, TERMS, Layout
from gradrace.impls._triton.means import means, step
from gradrace.impls._triton.rows import rows
from gradrace.impls._triton.wide import wide
from gradrace.impls.interface import CPU

STEPS = 50
"""Steps of a descent that one replay makes. A launch of Triton's takes 27 µs, one within a graph 3.6 (H200)."""

SUMMED_ROWS, SUMMED = 128, 32
"""A tile of the programs' sums that one program of `means` adds up at a time: 32 numbers a thread are on their way."""


@dataclass(frozen=True, eq=False)
class Examples:
    """X: (m, n) words in rows padded to LOAD_BYTES: floats, or four pixels each. Y: (m,). scale: (1,).

    w: (features of a padded row,), b, alpha: (1,): what the kernels read. dw_sums: (programs, features of a padded
    row), sums of J and db: (programs, 2). result: J, db, dw (2 + n_x,).
    """

    X: Tensor
    Y: Tensor
    scale: Tensor
    n_x: int
    planes: int
    layout: Layout
    w: Tensor
    b: Tensor
    alpha: Tensor
    dw_sums: Tensor
    sums: Tensor
    result: Tensor

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """Width of a row of dw_sums, programs, m, n_x."""
        return self.dw_sums.shape[1], len(self.sums), len(self.Y), self.n_x

    def add_up(self) -> None:
        """Launch the kernel that reads X: dw_sums and sums."""
        chosen, unit = self.layout, LOAD_BYTES // self.X.element_size()
        inputs, outputs = (self.X, self.Y, self.w, self.b, self.scale), (self.dw_sums, self.sums)
        kernel, chunks = (rows, {"K": chosen.K, "MERGED": chosen.merged}) if chosen.K else (wide, {})
        kernel[len(self.sums),](
            *(*inputs, *outputs, len(self.Y), self.X.shape[1] // unit),
            R=chosen.R,
            N=chosen.N,
            UNIT=unit,
            PLANES=self.planes,
            STAGES=chosen.stages,
            TERMS=TERMS[self.w.element_size()],
            num_warps=chosen.warps,
            **chunks,
        )

    def compute(self) -> None:
        """result at w and b."""
        self.add_up()
        grid = (triton.cdiv(self.n_x, SUMMED),)
        means[grid](self.dw_sums, self.sums, self.scale, self.result, *self.sizes, ROWS=SUMMED_ROWS, N=SUMMED)

    def step(self) -> None:
        """w and b one step further."""
        self.add_up()
        arguments = (self.dw_sums, self.sums, self.scale, self.w, self.b, self.alpha)
        step[triton.cdiv(self.n_x, SUMMED),](*arguments, *self.sizes, ROWS=SUMMED_ROWS, N=SUMMED)

    @cached_property
    def computing(self) -> Callable[[], None]:
        """`compute`, launched at once."""
        return captured(self.compute)

    @cached_property
    def one_step(self) -> Callable[[], None]:
        """`step`, launched at once."""
        return captured(self.step)

    @cached_property
    def many_steps(self) -> Callable[[], None]:
        """STEPS of them, launched at once."""
        return captured(self.step, STEPS)

    @cached_property
    def own_w(self) -> Tensor:
        """w without the padding (n_x,): cut off once, as the GPU waits meanwhile."""
        return self.w[: self.n_x]

    def start(self, w: Tensor, b: Tensor) -> None:
        """Put w (n_x,) and b where the kernels read them."""
        self.own_w.copy_(w)
        self.b.copy_(b)


def captured(work: Callable[[], None], times: int = 1) -> Callable[[], None]:
    """Some work, so many times, as one graph of launches; without a GPU just the work."""

    def repeated() -> None:
        for _ in range(times):
            work()

    if tensors.device() == CPU:
        return repeated
    with torch.cuda.stream(torch.cuda.Stream()):
        work()  # compiles, which can't be captured
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        repeated()
    replay: Callable[[], None] = graph.replay
    return replay
