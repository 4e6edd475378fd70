"""C through cffi: four examples at a time are read once from memory; one thread; pixels stay bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from c_fused._kernel import ffi, lib
from gradrace import Float, FloatArray, Implementation, Problem, Technique

KERNELS = {
    ("float64", "float64"): lib.doubles,
    ("float32", "float32"): lib.floats,
    ("uint8", "float64"): lib.pixels_doubles,
    ("uint8", "float32"): lib.pixels_floats,
}
"""C functions by the dtypes of X and of the working precision."""

REAL = {"float64": "double[]", "float32": "float[]"}
"""C types of an array of the working precision, by its dtype."""


class Data(NamedTuple):
    """X: m rows of n features; Y: m labels. Both are cffi buffers, which keep their NumPy arrays alive.

    scale: factor from X's entries to features; 1 unless they are pixels.
    """

    kernel: Callable[..., None]
    real: str
    X: Any
    Y: Any
    m: int
    scale: Float


def prepare(problem: Problem) -> Data:
    """Return the examples as rows, copied only if they aren't in that layout; pixels stay bytes."""
    pixels = problem.X.dtype == np.uint8
    rows = np.ascontiguousarray((problem.X if pixels else problem.features()).T)
    real = REAL[problem.dtype.name]
    return Data(
        kernel=KERNELS[rows.dtype.name, problem.dtype.name],
        real=real,
        X=ffi.from_buffer("uint8_t[]" if pixels else real, rows),
        Y=ffi.from_buffer(real, np.ascontiguousarray(problem.Y[0])),
        m=problem.m,
        scale=problem.dtype.type(problem.scale if pixels else 1),
    )


def gradient(data: Data, w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    """Return J, dw, db from one call of C, during which cffi lets other threads of Python run.

    The scale is applied to w, and to dw at the end: w·(scale·x) = (scale·w)·x.
    """
    n = w.size
    out = np.empty(n + 2, w.dtype)  # new at each call, as no later call may change a result
    weights = ffi.from_buffer(data.real, w * data.scale)
    data.kernel(data.X, data.Y, weights, b, data.m, n, ffi.from_buffer(data.real, out))
    out[:n] *= data.scale
    return out[n], out[:n], out[n + 1]


IMPLEMENTATION = Implementation(technique=Technique.COMPILED, prepare=prepare, gradient=gradient)
