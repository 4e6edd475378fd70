"""One kernel of Triton's that reads X once from a GPU's memory, pixels as they are; descents as a graph of launches."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
import triton

from impls import _torch
from impls._torch import Tensor, to_native, to_numpy
from impls._triton_layout import LOAD_BYTES, TERMS, Layout, layout
from impls._triton_means import means, step
from impls._triton_numbers import PIXELS_IN_A_WORD
from impls._triton_rows import rows
from impls._triton_wide import wide
from impls.interface import CPU, GaveUp, Implementation, Problem, Technique

STEPS = 50
"""Steps of a descent that one replay makes. A launch of Triton's takes 27 µs, one within a graph 3.6 (H200)."""

SUMMED_ROWS, SUMMED = 128, 32
"""A tile of the programs' sums that one program of `means` adds up at a time: 32 numbers a thread are on their way."""

INTERPRETED_PROGRAMS = 3
"""Where there is no GPU: Triton's interpreter, for the tests, with more than one program."""


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
        (wide if chosen.K == 0 else rows)[len(self.sums),](
            *(
                self.X,
                self.Y,
                self.w,
                self.b,
                self.scale,
                self.dw_sums,
                self.sums,
                len(self.Y),
                self.X.shape[1] // unit,
            ),
            R=chosen.R,
            N=chosen.N,
            UNIT=unit,
            PLANES=self.planes,
            STAGES=chosen.stages,
            TERMS=TERMS[self.w.element_size()],
            num_warps=chosen.warps,
            **({} if chosen.K == 0 else {"K": chosen.K, "MERGED": chosen.merged}),
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

    def start(self, w: Tensor, b: Tensor) -> None:
        """Put w (n_x,) and b where the kernels read them."""
        self.w[: self.n_x].copy_(w)
        self.b.copy_(b)


def captured(work: Callable[[], None], times: int = 1) -> Callable[[], None]:
    """Some work, so many times, as one graph of launches; without a GPU just the work."""

    def repeated() -> None:
        for _ in range(times):
            work()

    if _torch.device() == CPU:
        return repeated
    with torch.cuda.stream(torch.cuda.Stream()):
        work()  # compiles, which can't be captured
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        repeated()
    replay: Callable[[], None] = graph.replay
    return replay


@torch.inference_mode()
def prepare(problem: Problem) -> Examples:
    """X as padded rows on the device, pixels as they are, and room for what the kernels make."""
    X, Y = padded(problem), _torch.tensor(problem.Y[0])
    planes = PIXELS_IN_A_WORD if X.dtype == torch.uint8 else 1
    words = X.view(torch.int32) if planes == PIXELS_IN_A_WORD else X
    chosen = layout(words.shape[1], Y.element_size(), planes)
    programs = min(multiprocessors() * chosen.programs, triton.cdiv(problem.m, chosen.R))

    def room(*shape: int) -> Tensor:
        return torch.zeros(shape, dtype=Y.dtype, device=Y.device)

    data = Examples(
        X=words,
        Y=Y,
        scale=room(1).fill_(problem.scale if planes == PIXELS_IN_A_WORD else 1.0),
        n_x=problem.n_x,
        planes=planes,
        layout=chosen,
        w=room(X.shape[1]),
        b=room(1),
        alpha=room(1),
        dw_sums=room(programs, X.shape[1]),
        sums=room(programs, 2),
        result=room(2 + problem.n_x),
    )
    _ = data.computing  # captured once a problem: part of preparing it
    _torch.finish()
    return data


def padded(problem: Problem) -> Tensor:
    """X on the device: (m, n), rows padded with zeros; of pixels, or of the working precision."""
    X = _torch.tensor((problem.X if problem.X.dtype == np.uint8 else problem.features()).T)
    unit = LOAD_BYTES // X.element_size()
    if X.stride() == (problem.n_x, 1) and problem.n_x % unit == 0:  # one example's other stride may be anything
        return X
    laid = torch.zeros((problem.m, triton.cdiv(problem.n_x, unit) * unit), dtype=X.dtype, device=X.device)
    laid[:, : problem.n_x] = X
    return laid


def multiprocessors() -> int:
    """Of the device."""
    if _torch.device() == CPU:
        return INTERPRETED_PROGRAMS
    count: int = torch.cuda.get_device_properties(0).multi_processor_count
    return count


@torch.inference_mode()
def gradient(data: Examples, w: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """J, dw, db, waited for."""
    data.start(w, b)
    data.computing()
    result = data.result.clone()
    _torch.finish()
    return result[0], result[2:], result[1]


@torch.inference_mode()
def descend(data: Examples, w: Tensor, b: Tensor, alpha: float, steps: int) -> tuple[Tensor, Tensor]:
    """w and b after `steps` steps w := w − α dw, b := b − α db, waited for; the device is never asked meanwhile."""
    many_steps, one_step = data.many_steps, data.one_step  # to capture them, they are taken once
    data.start(w, b)
    data.alpha.fill_(alpha)
    for _ in range(steps // STEPS):
        many_steps()
    for _ in range(steps % STEPS):
        one_step()
    after = data.w[: data.n_x].clone(), data.b[0].clone()
    _torch.finish()
    return after


def facts(data: Examples) -> dict[str, str | int]:
    """How many programs there are, and how they take rows."""
    chosen = data.layout
    rows = f"{chosen.R} at a time, in {chosen.K} chunks of {chosen.N} words" if chosen.K else "read twice"
    return {"programs": len(data.sums), "rows": rows}


if not torch.cuda.is_available() and os.environ.get("TRITON_INTERPRET") != "1":
    raise GaveUp("needs an NVIDIA GPU, and PyTorch with CUDA")

IMPLEMENTATION = Implementation(
    technique=Technique.COMPILED,
    prepare=prepare,
    gradient=gradient,
    to_native=to_native,
    to_numpy=to_numpy,
    descend=descend,
    facts=facts,
    devices=("cuda",),
)
