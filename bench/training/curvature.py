"""Largest safe learning rate for the data, from a bound on J's curvature that depends on X alone; advice about it."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.feature_scaling import standardization
from gradrace.bench.datasets.formats.stored import BLOCK_BYTES, is_stored
from gradrace.bench.text import significant
from gradrace.bench.training.blocks import blocks
from gradrace.bench.training.stream import blocks_of
from gradrace.impls.interface import Problem

Vector: TypeAlias = NDArray[np.float64]

HELPS = 10.0
"""Factor by which standardizing must raise the largest safe learning rate to be advised."""

SAFE = 0.9
"""Share of the largest safe learning rate that is advised: with all of it, a cost stays the same at worst."""


def largest_alpha(problem: Problem, mean: Vector | float = 0.0, deviation: Vector | float = 1.0) -> float:
    """Return the learning rate below which every step lowers J: 2 / L, where L bounds J's second derivative.

    mean, deviation: (n_x,); the answer is for the features (x − mean) / deviation.

    That derivative is 1/m Σ a(1 − a) x̃ x̃ᵀ with x̃ = (x, 1). Since a(1 − a) ≤ 1/4, L is the largest eigenvalue of X̃
    X̃ᵀ / 4m.
    Source: Y. Nesterov, Introductory Lectures on Convex Optimization, theorem 2.1.14.
    """
    from scipy.sparse.linalg import LinearOperator, eigsh  # takes 0.15 s, only for descents that rise

    size = problem.n_x + 1
    shift, spread = (np.broadcast_to(one, problem.n_x)[:, np.newaxis] for one in (mean, deviation))

    def curve(v: NDArray[Any]) -> NDArray[np.float64]:
        """Return X̃ X̃ᵀ v / 4m, (n_x + 1,)."""
        v, total = v.ravel(), np.zeros(size)
        for features, _ in blocks(problem):
            X = (features - shift) / spread
            z = v[:-1] @ X + v[-1]
            total[:-1] += X @ z
            total[-1] += z.sum()
        return total / (4 * problem.m)

    if size == 2:  # ARPACK can't handle so small a matrix
        return float(2 / np.linalg.eigvalsh([curve(row) for row in np.eye(size)]).max())
    start = np.random.default_rng(0).standard_normal(size)
    bound = LinearOperator((size, size), curve, dtype=np.float64)
    (curvature,) = eigsh(bound, k=1, v0=start, return_eigenvectors=False)
    return float(2 / curvature)


def too_large(problem: Problem, alpha: float) -> str:
    """Return an explanation why J rises with this alpha, and options with which it falls.

    Of X on disk, a sample of its blocks is examined.
    """
    stored = is_stored(problem.X)
    part = blocks_of(problem, BLOCK_BYTES).sample().in_memory() if stored else problem
    allowed = largest_alpha(part)
    if alpha < allowed and not stored:
        finer = "" if problem.dtype == np.float64 else "; `--dtype float64` rounds less"
        return (
            f"an alpha below {significant(allowed, 2)} is small enough, so rounding is the cause{finer}; "
            "--tolerance stops once the cost no longer falls"
        )
    standardized = largest_alpha(part, *(one * part.scale for one in standardization(part.X)))
    helps = standardized > HELPS * allowed
    safe = float(f"{SAFE * (standardized if helps else allowed):.2g}")
    reason = "the features' scales are very different" if helps else f"these features allow {safe:g}"
    some = f" ({part.m} of the examples were examined; others may allow less)" if stored else ""
    options = ["--scale standardize"] if helps else []
    options += [f"--alpha {safe:g}"] if alpha > safe or not helps else []
    return f"alpha {alpha:g} is too large: {reason}{some}; try {' '.join(options)}"
