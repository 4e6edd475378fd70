"""Helpers of the PyTorch implementations: the device, the examples as tensors, and conversions."""

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
    """Examples as tensors: X of shape (m, n_x) and Y of shape (m,).

    X's longer side is contiguous on a CPU; on a GPU X has either order.
    """

    X: Tensor
    Y: Tensor


def device() -> str:
    """Return the device to compute on: cpu or cuda."""
    return os.environ.get(DEVICE, CPU)


def prepare(problem: Problem) -> Tensors:
    """Return the examples as tensors in new memory: PyTorch takes no read-only arrays and no negative strides.

    At (100,000, 100) in float64, MKL takes 18 ms with m contiguous and 36 ms with n_x contiguous. At (1000, 12288) it
    takes 19 and 18 ms. On a GPU X keeps its order, as cuBLAS takes either.
    """
    data = Tensors(tensor(problem.features().T, "F" if problem.m >= problem.n_x else "C"), tensor(problem.Y[0]))
    finish()
    return data


def tensor(array: NDArray[Any], order: Literal["C", "F", "K"] = "K") -> Tensor:
    """Return a copy of an array as a tensor: in this order on a CPU, in its own order on a GPU."""
    if device() == CPU:
        return torch.from_numpy(np.array(array, order=order))
    if any(stride < 0 or stride % array.itemsize for stride in array.strides):
        array = np.ascontiguousarray(array)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable")  # it is only read
        return torch.from_numpy(array).to(device())


def finish() -> None:
    """Wait until the device has finished all its work."""
    if device() != CPU:
        torch.cuda.current_stream().synchronize()


def to_native(w: FloatArray, b: Float) -> tuple[Tensor, Tensor]:
    """Return copies of w and b on the device."""
    return torch.tensor(w, device=device()), torch.tensor(b, device=device())


def to_numpy(J: Tensor, dw: Tensor, db: Tensor) -> Gradient:
    """Return the result as NumPy values."""
    return Gradient(J=float(J), dw=dw.numpy(force=True).copy(), db=float(db))
