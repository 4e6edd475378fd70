"""One Triton kernel that reads X once from a GPU's memory, pixels as bytes; descents as a graph of launches."""

from __future__ import annotations

import os

import numpy as np
import torch
import triton

from gradrace.impls._shared import tensors
from gradrace.impls._shared.tensors import Tensor, to_native, to_numpy
from gradrace.impls._triton.examples import STEPS, Examples
from gradrace.impls._triton.layout import LOAD_BYTES, layout
from gradrace.impls._triton.numbers import PIXELS_IN_A_WORD
from gradrace.impls.interface import CPU, GaveUp, Implementation, Problem, Technique

INTERPRETED_PROGRAMS = 3
"""Number of programs in Triton's interpreter, without a GPU: more than one, for the tests."""


def prepare(problem: Problem) -> Examples:
    """Return X as padded rows on the device, with pixels as bytes, and buffers for the kernels' results."""
    X, Y = padded(problem), tensors.tensor(problem.Y[0])
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
    _ = data.computing  # capturing the graph once is part of preparing a problem
    tensors.finish()
    return data


def padded(problem: Problem) -> Tensor:
    """Return X on the device, of shape (m, n), in rows padded with zeros, of uint8 pixels or the working precision."""
    X = tensors.tensor((problem.X if problem.X.dtype == np.uint8 else problem.features()).T)
    unit = LOAD_BYTES // X.element_size()
    if X.stride() == (problem.n_x, 1) and problem.n_x % unit == 0:  # with one example the other stride is arbitrary
        return X
    laid = torch.zeros((problem.m, triton.cdiv(problem.n_x, unit) * unit), dtype=X.dtype, device=X.device)
    laid[:, : problem.n_x] = X
    return laid


def multiprocessors() -> int:
    """Return the number of multiprocessors of the device."""
    if tensors.device() == CPU:
        return INTERPRETED_PROGRAMS
    count: int = torch.cuda.get_device_properties(0).multi_processor_count
    return count


def gradient(data: Examples, w: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return J, dw (n_x,) and db once they are finished; the result is unpacked while the GPU computes it."""
    data.start(w, b)
    data.computing()
    result = data.result.clone()
    J, dw, db = result[0], result[2:], result[1]
    tensors.finish()
    return J, dw, db


def descend(data: Examples, w: Tensor, b: Tensor, alpha: float, steps: int) -> tuple[Tensor, Tensor]:
    """Return w (n_x,) and b after `steps` steps w := w − α dw, b := b − α db, without synchronizing in between."""
    many_steps, one_step = data.many_steps, data.one_step  # taking them once captures their graphs
    data.start(w, b)
    data.alpha.fill_(alpha)
    for _ in range(steps // STEPS):
        many_steps()
    for _ in range(steps % STEPS):
        one_step()
    after = data.own_w.clone(), data.b[0].clone()
    tensors.finish()
    return after


def facts(data: Examples) -> dict[str, str | int]:
    """Return the number of programs and the way in which they read rows."""
    chosen = data.layout
    how = f"{chosen.R} at a time, in {chosen.K} chunks of {chosen.N} words" if chosen.K else "read twice"
    return {"programs": len(data.sums), "rows": how}


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
