"""The layout that loops over examples share: each example's features side by side in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradrace.impls.interface import FloatArray, Problem


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """X: (m, n_x), C-contiguous, one example a row. Y: (m,)."""

    X: FloatArray
    Y: FloatArray


def by_example(problem: Problem) -> Examples:
    """The problem's examples as rows, copied only where they don't lie so already."""
    return Examples(X=np.ascontiguousarray(problem.features().T), Y=np.ascontiguousarray(problem.Y[0]))
