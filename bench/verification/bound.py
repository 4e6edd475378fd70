"""Bound of the error of a right gradient. docs/identical-gradients.md derives it and each number below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gradrace.bench.verification.exact.double_double import Float64
from gradrace.bench.verification.exact.oracle import Magnitudes
from gradrace.impls.interface import Problem

C = 8
"""Unit roundoffs for σ and a - y, in addition to the error of z. For L, twice as many, times the parts of L."""

MEAN = 6
"""Roundings of a term of a mean in addition to its additions: its product, m itself (worth two), and three for a mean
of partial means: the quotient of the part, its weight, the product of both.
"""

SCALE = 2
"""Roundings of a feature that is computed from a pixel: of the scale, and of the product."""

SIGMOID = 4
"""Roundings of z with the effect of one of log(1 + exp(z)), if σ is computed from that: u·|z|, as σ' <= 1/4."""

FLUSHED = 2
"""Largest loss of a rounding of dw, or of a step, if subnormals are flushed to zero, in smallest normal numbers."""

STEP_ROUNDINGS = 4
"""Roundings of w in a step: the difference, and up to three if w is kept in another form, such as scale·w."""

CHANGE_ROUNDINGS = 6
"""Roundings of α·dw in a step: α, the product, the difference, and three of the check, which computes in float64."""


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """The largest possible error of J, of each component of dw (n_x,), and of db."""

    J: float
    dw: Float64
    db: float


def bound(problem: Problem, magnitudes: Magnitudes) -> Bound:
    """Return the bound for arithmetic in the problem's dtype, with every sum taken in any order.

    A sum of n terms, some of them 0, has at most n - 1 additions that round, in any order.
    If subnormals are flushed to zero, z loses up to `magnitudes.flushed` times the smallest normal number.
    """
    precision = np.finfo(problem.dtype)
    u, tiny = float(precision.eps) / 2, float(precision.smallest_normal)
    scale = 0 if problem.scale == 1.0 else SCALE
    z_growth = _growth(magnitudes.features + SIGMOID + scale, u)
    roundings = magnitudes.entries - 1 + MEAN + scale
    growth = _growth(roundings, u)
    z_flushed = magnitudes.flushed * tiny
    dz_error = z_growth / 4 * magnitudes.x_z + (C * u + z_flushed / 4) * magnitudes.x
    flushed = (1 + growth) * FLUSHED * roundings * tiny
    dw = (1 + growth) * dz_error + growth * magnitudes.x_dz + flushed
    L_error = z_growth * magnitudes.x_z[-1] + z_flushed + 2 * C * u * magnitudes.L
    J = (1 + growth[-1]) * L_error + growth[-1] * magnitudes.L
    return Bound(J=float(J), dw=dw[:-1], db=float(dw[-1]))


def step_rounding(dtype: np.dtype[Any], start: Any, change: Any) -> Any:
    """Return the largest error that a step's own operations make, in addition to that of dw. change: α·dw."""
    precision = np.finfo(dtype)
    roundings = STEP_ROUNDINGS * np.abs(start) + CHANGE_ROUNDINGS * np.abs(change)
    return float(precision.eps) / 2 * roundings + FLUSHED * float(precision.smallest_normal)


def _growth(roundings: Any, u: float) -> Any:
    """Return (1 + u)^k - 1, bounded from above by exp(k·u) - 1."""
    return np.expm1(roundings * u)
