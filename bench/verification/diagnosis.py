"""What a wrong gradient is instead of the right one: the mistakes that are made most often have shapes of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gradrace.bench.problems import Case
from gradrace.bench.verification.exact.double_double import Float64
from gradrace.impls.interface import Gradient

CLOSE = 1e-3
"""Of the largest part: as near as float32 comes to a mistake that is the right one."""

BLOCKS = (2, 4, 8, 16, 32, 64, 128, 256)
"""Examples of a block, whose remainder may have been forgotten."""


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """J, dw (n_x,), db of some examples, divided by m of them."""

    J: float
    dw: Float64
    db: float


def diagnosis(case: Case, gradient: Gradient) -> str | None:
    """A sentence on what a wrong gradient is, None if it is nothing that is known. Computed in float64.

    Known are: examples left out at an end, or beyond whole blocks; a wrong sign; a division by m too few or too many.
    """
    with np.errstate(all="ignore"):
        L, dz, X = _terms(case)
        right = _sums(L, dz, X, slice(None), case.problem.m)
        if not np.isfinite([right.J, right.db, *right.dw]).all():
            return None
        parts = [_factor(name, gradient, right, case.problem.m) for name in ("J", "dw", "db")]
        told = [text for text in parts if text]
        if told and None not in parts:
            return "; ".join(told) + (": the rest is right" if "" in parts else "")
        for words, kept in _left_out(case.problem.m):
            for divisor in {case.problem.m, len(range(case.problem.m)[kept])}:
                if _same(gradient, _sums(L, dz, X, kept, divisor)):
                    return f"it is the gradient of {words}"
    return None


def _terms(case: Case) -> tuple[Float64, Float64, Float64]:
    """L and dz of each example, and X (n_x, m)."""
    problem = case.problem
    X = problem.X.astype(np.float64) * problem.scale
    y, z = problem.Y[0].astype(np.float64), case.w.astype(np.float64) @ X + float(case.b)
    e = np.exp(-np.abs(z))
    return np.maximum(z, 0) - z * y + np.log1p(e), np.where(z >= 0, 1, e) / (1 + e) - y, X


def _sums(L: Float64, dz: Float64, X: Float64, kept: slice, divisor: int) -> _Sums:
    return _Sums(float(L[kept].sum() / divisor), X[:, kept] @ dz[kept] / divisor, float(dz[kept].sum() / divisor))


def _left_out(m: int) -> Iterator[tuple[str, slice]]:
    """Some of the examples, in words."""
    yield "all examples but the last", slice(0, m - 1)
    yield "all examples but the first", slice(1, m)
    for block in BLOCKS:
        if 0 < m % block < m:
            whole = m - m % block
            yield f"the first {whole} of {m} examples: is what is left of blocks of {block} forgotten?", slice(0, whole)


def _factor(name: str, gradient: Gradient, right: _Sums, m: int) -> str | None:
    """What one part was multiplied by, if that is all that is wrong with it; "" if it is right, None if neither."""
    got, exact = (np.atleast_1d(np.asarray(getattr(one, name), np.float64)) for one in (gradient, right))
    if _near(got, exact):
        return ""
    if _near(got, -exact):
        return f"{name} has the wrong sign"
    if _near(got, exact * m):
        return f"{name} isn't divided by m"
    if _near(got, exact / m):
        return f"{name} is divided by m twice"
    return None


def _same(gradient: Gradient, sums: _Sums) -> bool:
    pairs = ((gradient.J, sums.J), (gradient.dw, sums.dw), (gradient.db, sums.db))
    return all(_near(np.atleast_1d(np.asarray(got, np.float64)), np.atleast_1d(exact)) for got, exact in pairs)


def _near(got: Float64, exact: Float64) -> bool:
    """Whether they differ by next to nothing, measured by the largest; NaN is near to nothing."""
    return bool(np.max(np.abs(got - exact)) <= CLOSE * np.max(np.abs(exact)))
