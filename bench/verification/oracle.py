"""The gradient in twice the precision of float64, and the magnitudes that its error bound is made of.

The bias is folded in the way the lecture does it: as one more feature, x = 1 in every example, whose weight is b.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradrace.bench.verification.double_double import DoubleDouble, Float64
from gradrace.impls.interface import Float, FloatArray, Problem


@dataclass(frozen=True, slots=True, eq=False)
class Magnitudes:
    """Sums of absolute values over the examples, each divided by m; the last of the n_x + 1 features is the bias.

    x: (n_x + 1,), mean |x_j|.
    x_dz: (n_x + 1,), mean |x_j|·|dz|.
    x_z: (n_x + 1,), mean |x_j|·(|w|·|x| + |b|).
    L: the mean of |z| + log1p(e), the larger of the two losses that an example has for y = 0 and y = 1.
    entries: (n_x + 1,), how many examples have x_j ≠ 0.
    features: the most features, the bias among them, that an example has with x_j ≠ 0.
    """

    x: Float64
    x_dz: Float64
    x_z: Float64
    L: float
    entries: Float64
    features: int


@dataclass(frozen=True, slots=True, eq=False)
class Oracle:
    """J, dw (n_x,) and db in double-double, and the magnitudes of what was summed."""

    J: DoubleDouble
    dw: DoubleDouble
    db: DoubleDouble
    magnitudes: Magnitudes


def oracle(problem: Problem, w: FloatArray, b: Float) -> Oracle:
    """Return J, dw, db of a problem at w (n_x,) and b, in twice the precision of float64.

    Memory: a megabyte for each core, and 300 bytes for each feature and share of the examples (see `summation`).
    Pixels stay whole numbers: their scale is taken into w on the way to z, and into dw at the end.
    """
    from gradrace.bench.verification.kernels import Row  # here, because it loads LLVM
    from gradrace.bench.verification.summation import means

    L, x_dz, dz, features = means(problem, w, float(b))
    sizes = np.column_stack([x_dz, dz])
    magnitudes = Magnitudes(
        x=sizes[Row.X],
        x_dz=sizes[Row.TERMS],
        x_z=sizes[Row.SIZES],
        L=float(L[Row.SIZES]),
        entries=sizes[Row.ENTRIES],
        features=features,
    )
    J, dw, db = (DoubleDouble(table[Row.HI], table[Row.LO]) for table in (L, x_dz, dz))
    return Oracle(J=J, dw=dw, db=db, magnitudes=magnitudes)
