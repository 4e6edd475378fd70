"""Layout shared by loops over examples: each example's features are contiguous in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradrace.impls.interface import FloatArray, Problem


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Examples in rows: X of shape (m, n_x), C-contiguous, and Y of shape (m,)."""

    X: FloatArray
    Y: FloatArray


def by_example(problem: Problem) -> Examples:
    """Return the problem's examples as rows; copy them only if they aren't in that layout."""
    return Examples(X=np.ascontiguousarray(problem.features().T), Y=np.ascontiguousarray(problem.Y[0]))
