"""A problem's examples on a GPU, and the launches that compute with them, each replayed as one graph."""

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
"""Number of a descent's steps in one replay. A Triton launch takes 27 µs, a launch within a graph 3.6 µs (H200)."""

SUMMED_ROWS, SUMMED = 128, 32
"""Rows and columns of the tile of sums that one program of `means` adds at a time: 32 loads per thread in flight."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Examples and buffers on the device.

    Attributes:
        X: Words of shape (m, n) in rows padded to LOAD_BYTES: a float each, or four pixels each.
        Y: Labels of shape (m,).
        scale: Factor from X to features, of shape (1,).
        n_x: Number of features.
        planes: Number of features in a word: 1 for floats, 4 for pixels.
        layout: Layout of the kernel that reads X.
        w: Input of the kernels, of shape (features of a padded row,).
        b: Input of the kernels, of shape (1,).
        alpha: Input of the kernels, of shape (1,).
        dw_sums: Sums of dw, of shape (programs, features of a padded row).
        sums: Sums of J and db, of shape (programs, 2).
        result: J, db, dw, of shape (2 + n_x,).
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
        """Return the width of a row of dw_sums, the number of programs, m and n_x."""
        return self.dw_sums.shape[1], len(self.sums), len(self.Y), self.n_x

    def add_up(self) -> None:
        """Launch the kernel that reads X and fills dw_sums and sums."""
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
        """Launch the kernels that fill `result` with the gradient at w and b."""
        self.add_up()
        grid = (triton.cdiv(self.n_x, SUMMED),)
        means[grid](self.dw_sums, self.sums, self.scale, self.result, *self.sizes, ROWS=SUMMED_ROWS, N=SUMMED)

    def step(self) -> None:
        """Launch the kernels that move w and b by one step."""
        self.add_up()
        arguments = (self.dw_sums, self.sums, self.scale, self.w, self.b, self.alpha)
        step[triton.cdiv(self.n_x, SUMMED),](*arguments, *self.sizes, ROWS=SUMMED_ROWS, N=SUMMED)

    @cached_property
    def computing(self) -> Callable[[], None]:
        """Return `compute` as one graph."""
        return captured(self.compute)

    @cached_property
    def one_step(self) -> Callable[[], None]:
        """Return `step` as one graph."""
        return captured(self.step)

    @cached_property
    def many_steps(self) -> Callable[[], None]:
        """Return STEPS steps as one graph."""
        return captured(self.step, STEPS)

    @cached_property
    def own_w(self) -> Tensor:
        """Return w without the padding, of shape (n_x,). It is cached, as the GPU would wait for the slice."""
        return self.w[: self.n_x]

    def start(self, w: Tensor, b: Tensor) -> None:
        """Copy w (n_x,) and b into the kernels' inputs."""
        self.own_w.copy_(w)
        self.b.copy_(b)


def captured(work: Callable[[], None], times: int = 1) -> Callable[[], None]:
    """Return a function that repeats `work` as one graph of launches; without a GPU it just repeats the calls."""

    def repeated() -> None:
        for _ in range(times):
            work()

    if tensors.device() == CPU:
        return repeated
    with torch.cuda.stream(torch.cuda.Stream()):
        work()  # this compiles the kernels, which can't be captured
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        repeated()
    replay: Callable[[], None] = graph.replay
    return replay
