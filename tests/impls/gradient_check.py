"""Gradient checking: slopes of J measured by nudging each of w_1..w_n and b, with no formula for the derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gradrace.bench.problems import Case
from gradrace.bench.verification.reference import reference
from gradrace.impls.interface import FloatArray, Implementation

LARGEST_CURVATURE_OF_SIGMA = 1 / (6 * np.sqrt(3))
"""The largest |σ''(z)|, at a = 1/2 ± 1/√12."""


@dataclass(frozen=True)
class Slopes:
    """Slopes of J, n_x for w and the last for b: by the formula, by differences, and their allowed distance."""

    by_formula: FloatArray
    by_nudge: FloatArray
    tolerance: FloatArray


def slopes(implementation: Implementation[Any, Any, Any], case: Case) -> Slopes:
    """Central differences (J(t + h) − J(t − h)) / 2h, where t is each of w_1..w_n and b in turn.

    Two errors make the tolerance, and neither is a guess. Cutting the Taylor series short costs at most h²/6 · |J'''|,
    where |J'''| ≤ (1/m) Σ |x|³ · max |σ''| and x = 1 for b. The rounding of the two J, each within its error bound,
    costs (bound + bound) / 2h. One shrinks with h, the other grows; with bounds of a few hundred u they meet near
    h = 8·∛u, here rounded to a power of two: 2⁻¹⁴ for float64, 2⁻⁵ for float32. w and b are first rounded to multiples
    of h, so that t ± h is exact. The formula's slope may be off by its own error bound.
    """
    problem = case.problem
    h = 2.0 ** (3 - (np.finfo(problem.dtype).nmant + 1) // 3)
    t = np.round(np.append(case.w, case.b) / h) * h
    data = implementation.prepare(problem)

    def gradient(t: FloatArray) -> tuple[Any, Any]:
        """The gradient at w, b = t, and its error bound."""
        w, b = t[:-1].astype(problem.dtype), problem.dtype.type(t[-1])
        result = implementation.gradient(data, *implementation.native(w, b))
        return implementation.read(result), reference(problem, w, b).bound

    at_t, bound = gradient(t)
    nudged = [(gradient(t + nudge), gradient(t - nudge)) for nudge in h * np.eye(len(t))]
    x = np.vstack([problem.features().astype(np.float64), np.ones(problem.m)])
    cut_short = h**2 / 6 * np.mean(np.abs(x) ** 3, axis=1) * LARGEST_CURVATURE_OF_SIGMA
    rounding = np.array([right_bound.J + left_bound.J for (_, right_bound), (_, left_bound) in nudged]) / (2 * h)
    return Slopes(
        by_formula=np.append(at_t.dw, at_t.db),
        by_nudge=np.array([right.J - left.J for (right, _), (left, _) in nudged]) / (2 * h),
        tolerance=cut_short + rounding + np.append(bound.dw, bound.db),
    )
