"""The gradient in twice the precision of float64, and the magnitudes from which its error bound is computed.

The bias is included as in the lecture: as one more feature, x = 1 in every example, whose weight is b.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gradrace.bench.verification.exact.double_double import DoubleDouble, Float64
from gradrace.impls.interface import Float, FloatArray, Problem


@dataclass(frozen=True, slots=True, eq=False)
class Magnitudes:
    """Sums of absolute values over the examples, each divided by m; the last of the n_x + 1 features is the bias.

    x: (n_x + 1,), mean |x_j|.
    x_dz: (n_x + 1,), mean |x_j|·|dz|.
    x_z: (n_x + 1,), mean |x_j|·(|w|·|x| + |b|).
    L: the mean of the loss's parts: |z| + log1p(e), and |z| once more if L = log1p(e) may be a difference.
    entries: (n_x + 1,), number of examples with x_j ≠ 0.
    features: largest number of features of an example with x_j ≠ 0, including the bias.
    flushed: factor of the smallest normal number in z if subnormals are flushed to zero: the sum of |w|, plus the
    largest sum of |x| of an example if a weight is subnormal.
    """

    x: Float64
    x_dz: Float64
    x_z: Float64
    L: float
    entries: Float64
    features: int
    flushed: float


@dataclass(frozen=True, slots=True, eq=False)
class Oracle:
    """J, dw (n_x,) and db in double-double, and the magnitudes of their terms."""

    J: DoubleDouble
    dw: DoubleDouble
    db: DoubleDouble
    magnitudes: Magnitudes


class ExactGradients:
    """Exact gradients of a problem, at one point after another."""

    def __init__(self, problem: Problem) -> None:
        from gradrace.bench.verification.exact.summation import Summation  # here, because it loads LLVM

        self._problem, self._means = problem, Summation(problem)

    def at(self, w: FloatArray, b: Float) -> Oracle:
        """Return J, dw, db at w (n_x,) and b, in twice the precision of float64.

        Memory: a megabyte for each core, and 300 bytes for each feature and share of the examples (see `summation`).
        Pixels stay whole numbers: their scale multiplies w on the way to z, and dw at the end.
        """
        from gradrace.bench.verification.exact.kernels import Row

        table, features, largest_x = self._means.at(w, float(b))
        sizes, L = table[:, :-1], table[:, -1]
        magnitudes = Magnitudes(
            x=sizes[Row.X],
            x_dz=sizes[Row.TERMS],
            x_z=sizes[Row.SIZES],
            L=float(L[Row.SIZES]),
            entries=sizes[Row.ENTRIES],
            features=features,
            flushed=flushed(self._problem.dtype, w, largest_x),
        )
        J, dw, db = (DoubleDouble(part[Row.HI], part[Row.LO]) for part in (L, sizes[:, :-1], sizes[:, -1]))
        return Oracle(J=J, dw=dw, db=db, magnitudes=magnitudes)


def oracle(problem: Problem, w: FloatArray, b: Float) -> Oracle:
    """Return the exact gradient of a problem at w (n_x,) and b, see `ExactGradients`."""
    return ExactGradients(problem).at(w, b)


def flushed(dtype: np.dtype[Any], w: FloatArray, largest_x: float) -> float:
    """Return `Magnitudes.flushed` at w (n_x,). largest_x: the largest sum of |x| of an example."""
    sizes = np.abs(w, dtype=np.float64)
    subnormal = (sizes > 0) & (sizes < float(np.finfo(dtype).smallest_normal))
    return float(sizes.sum()) + (largest_x if subnormal.any() else 0.0)
