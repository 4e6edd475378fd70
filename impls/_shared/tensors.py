"""What the PyTorch implementations share: the device, the examples as tensors, and the way in."""

from __future__ import annotations

import os
import warnings
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from gradrace.impls.interface import CPU, DEVICE, Float, FloatArray, GaveUp, Gradient, Problem

Tensor: TypeAlias = Any  # torch.Tensor, where PyTorch is installed


if os.environ.get(DEVICE, CPU) != CPU and not torch.cuda.is_available():
    raise GaveUp("needs PyTorch with CUDA; the one installed finds no GPU")


class Tensors(NamedTuple):
    """X: (m, n_x), its longer side contiguous on a CPU, in either order on a GPU. Y: (m,)."""

    X: Tensor
    Y: Tensor


def device() -> str:
    """Where to compute: cpu or cuda."""
    return os.environ.get(DEVICE, CPU)


def prepare(problem: Problem) -> Tensors:
    """The examples as tensors in memory of their own: PyTorch takes no read-only arrays and no negative strides.

    At (100,000, 100) float64 MKL takes 18 ms with m contiguous and 36 with n_x; at (1000, 12288) 19 and 18. X goes
    to a GPU as it lies: cuBLAS takes either order.
    """
    data = Tensors(tensor(problem.features().T, "F" if problem.m >= problem.n_x else "C"), tensor(problem.Y[0]))
    finish()
    return data


def tensor(array: NDArray[Any], order: Literal["C", "F", "K"] = "K") -> Tensor:
    """A copy of an array: in this order in the CPU's memory, in a GPU's as it lies."""
    if device() == CPU:
        return torch.from_numpy(np.array(array, order=order))
    if any(stride < 0 or stride % array.itemsize for stride in array.strides):
        array = np.ascontiguousarray(array)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable")  # it is only read
        return torch.from_numpy(array).to(device())


def finish() -> None:
    """Wait until the device has done all its work."""
    if device() != CPU:
        torch.cuda.current_stream().synchronize()


def to_native(w: FloatArray, b: Float) -> tuple[Tensor, Tensor]:
    """Copies of w and b."""
    return torch.tensor(w, device=device()), torch.tensor(b, device=device())


def to_numpy(J: Tensor, dw: Tensor, db: Tensor) -> Gradient:
    """Back to NumPy."""
    return Gradient(J=float(J), dw=dw.numpy(force=True).copy(), db=float(db))
