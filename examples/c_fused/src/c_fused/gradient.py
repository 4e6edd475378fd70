"""C by cffi: each four examples are read once from memory; one thread; pixels stay a byte each."""

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
"""The C function for X and a working precision, by their names."""

REAL = {"float64": "double[]", "float32": "float[]"}
"""What C calls an array of the working precision."""


class Data(NamedTuple):
    """X: m rows of n features; Y: m labels, both as C sees them. What stands behind them in NumPy lives as long.

    scale: what makes features of X's entries; 1 unless they are pixels.
    """

    kernel: Callable[..., None]
    real: str
    X: Any
    Y: Any
    m: int
    scale: Float


def prepare(problem: Problem) -> Data:
    """Examples as rows, copied only if they don't lie so already; pixels as they are, all else as features."""
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
    """J, dw, db in one call of C, during which cffi lets other threads of Python run.

    The scale is taken into w, and into dw at the end: scale·(w·x) = (scale·w)·x.
    """
    n = w.size
    out = np.empty(n + 2, w.dtype)  # new at each call: what was returned stays what it was
    weights = ffi.from_buffer(data.real, w * data.scale)
    data.kernel(data.X, data.Y, weights, b, data.m, n, ffi.from_buffer(data.real, out))
    out[:n] *= data.scale
    return out[n], out[:n], out[n + 1]


IMPLEMENTATION = Implementation(technique=Technique.COMPILED, prepare=prepare, gradient=gradient)
