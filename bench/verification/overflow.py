"""Overflow of the slide's formulas, which are right on paper: exp(-z) overflows, and log(1 - a) is that of 0."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from gradrace.bench.problems import Case
from gradrace.impls.interface import Gradient

OF_NUMPY = re.compile(r"\b(overflow|divide by zero|invalid value) encountered in ")
OF_MATH = re.compile(r"\bmath (range|domain) error|expected a positive input|Numerical result out of range")
"""Warnings and exceptions of NumPy, and exceptions of Python's `math` and `**`, for exp and log of such values."""

WHERE = "overflows where |z| is large; use "

REMEDY = (
    f"{WHERE}e = np.exp(-np.abs(z)), a = np.where(z >= 0, 1, e) / (1 + e), L = np.maximum(z, 0) - z * y + np.log1p(e)"
)

FOR_LOOPS = f"{WHERE}e = math.exp(-abs(z)), a = (1 if z >= 0 else e) / (1 + e), L = max(z, 0) - z * y + math.log1p(e)"
"""Remedy of an implementation that computes with Python's `math`."""


def remedy(case: Case, gradient: Gradient | None, findings: Sequence[str]) -> str | None:
    """Return the formulas that stay finite, if a fault is the overflow of the slide's; None otherwise.

    gradient: the wrong one; None after an exception.
    findings: its faults.
    """
    in_math = any(map(OF_MATH.search, findings))
    not_finite = gradient is not None and not np.isfinite(gradient.J)
    if not (in_math or not_finite or any(map(OF_NUMPY.search, findings))) or not _overflows(case):
        return None
    return FOR_LOOPS if in_math else REMEDY


def _overflows(case: Case) -> bool:
    """Return whether the slide's formulas overflow at the case's point, in its precision."""
    problem = case.problem
    with np.errstate(all="ignore"):
        z = case.w @ problem.features() + case.b
        inverse = 1 + np.exp(-z)
        a, y = 1 / inverse, problem.Y[0]
        losses = y * np.log(a) + (1 - y) * np.log(1 - a)
        return not (np.isfinite(inverse).all() and np.isfinite(losses).all())
