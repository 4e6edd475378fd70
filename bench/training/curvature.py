"""Largest safe learning rate for the data, from a bound on J's curvature that depends on X alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.training.blocks import blocks
from gradrace.impls.interface import Problem


def largest_alpha(problem: Problem) -> float:
    """Return the learning rate below which every step lowers J: 2 / L, where L bounds J's second derivative.

    That derivative is 1/m Σ a(1 − a) x̃ x̃ᵀ with x̃ = (x, 1). Since a(1 − a) ≤ 1/4, L is the largest eigenvalue of X̃
    X̃ᵀ / 4m.
    Source: Y. Nesterov, Introductory Lectures on Convex Optimization, theorem 2.1.14.
    """
    from scipy.sparse.linalg import LinearOperator, eigsh  # takes 0.15 s, only for descents that rise

    size = problem.n_x + 1

    def curve(v: NDArray[Any]) -> NDArray[np.float64]:
        """Return X̃ X̃ᵀ v / 4m, (n_x + 1,)."""
        v, total = v.ravel(), np.zeros(size)
        for X, _ in blocks(problem):
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
