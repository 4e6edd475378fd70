"""CuPy: NumPy's formulas on a GPU, with a kernel for each operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import cupy
import numpy as np

from gradrace.impls.interface import Float, FloatArray, GaveUp, Gradient, Implementation, Problem, Technique

Array: TypeAlias = Any  # cupy.ndarray, where CuPy is installed


@dataclass(frozen=True, slots=True, eq=False)
class Arrays:
    """Examples on the device: X of shape (n_x, m) and Y of shape (m,)."""

    X: Array
    Y: Array


def prepare(problem: Problem) -> Arrays:
    """Return the examples on the device, in X's memory order: cuBLAS takes either order."""
    data = Arrays(X=cupy.asarray(problem.features()), Y=cupy.asarray(problem.Y[0]))
    cupy.cuda.get_current_stream().synchronize()
    return data


def gradient(data: Arrays, w: Array, b: Array) -> tuple[Array, Array, Array]:
    """Return J, dw = X dz / m (n_x,) and db from z, a and dz of all examples at once.

    It synchronizes with the device, as CuPy returns before the work is finished.
    """
    m = data.Y.size
    z = w @ data.X + b
    e = cupy.exp(-cupy.abs(z))
    a = cupy.where(z >= 0, 1, e) / (1 + e)
    J = cupy.sum(cupy.maximum(z, 0) - z * data.Y + cupy.log1p(e)) / m
    dz = a - data.Y
    dw, db = data.X @ dz / m, cupy.sum(dz) / m
    cupy.cuda.get_current_stream().synchronize()
    return J, dw, db


def to_native(w: FloatArray, b: Float) -> tuple[Array, Array]:
    """Return copies of w and b on the device."""
    return cupy.asarray(w), cupy.asarray(b)


def to_numpy(J: Array, dw: Array, db: Array) -> Gradient:
    """Return the result as NumPy values."""
    return Gradient(J=float(J), dw=np.array(cupy.asnumpy(dw)), db=float(db))


if not cupy.cuda.is_available():
    raise GaveUp("needs an NVIDIA GPU, and its driver")

IMPLEMENTATION = Implementation(
    technique=Technique.VECTORIZED,
    prepare=prepare,
    gradient=gradient,
    to_native=to_native,
    to_numpy=to_numpy,
    devices=("cuda",),
)
