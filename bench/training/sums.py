"""Sums over the examples that the reference descent and its error bounds need, in one pass over X by blocks.

No second X is held in memory, and each block stays in the cache for all products with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.training.blocks import blocks
from gradrace.impls.interface import Problem

Vector: TypeAlias = NDArray[np.float64]


class Block(NamedTuple):
    """Block of examples at θ = (w, b): X and |X| (n_x, some), and a − y, a(1 − a) and e^−|z|, each of shape (some,).

    t: (1 − 2y)·z, (some,).
    """

    X: Vector
    abs_X: Vector
    dz: Vector
    slope: Vector
    e: Vector
    t: Vector

    @property
    def L(self) -> Vector:
        """Return the loss of each example, (some,): max(t, 0) + log1p(e^−|z|)."""
        loss: Vector = np.maximum(self.t, 0) + np.log1p(self.e)
        return loss


class Examples:
    """Examples of a problem, with a feature of ones appended to X for the bias.

    Attributes:
        x: (n_x + 1,), mean |x_j|.
        entries: (n_x + 1,), number of examples with x_j ≠ 0.
        features: largest number of features of an example with x_j ≠ 0, including the bias.
        largest_x: largest sum of |x_j| of an example, without the bias.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem, self.m = problem, problem.m
        self.x, self.entries = np.zeros(problem.n_x + 1), np.zeros(problem.n_x + 1)
        self.features, self.largest_x, self._negative = 0, 0.0, False
        for X, _ in blocks(problem):
            nonzero, sizes = X != 0, np.abs(X)
            _add(self.x, sizes, np.ones(X.shape[1]))
            _add(self.entries, nonzero, np.ones(X.shape[1]))
            self.features = max(self.features, 1 + int(np.count_nonzero(nonzero, axis=0).max()))
            self.largest_x = max(self.largest_x, float(sizes.sum(axis=0).max()))
            self._negative = self._negative or bool(X.min() < 0)
        self.x /= self.m

    def at(self, theta: Vector, *, sizes: bool = True) -> Iterator[Block]:
        """Yield the blocks at θ (n_x + 1,). Without `sizes`, abs_X is X."""
        for X, some in blocks(self.problem):
            Y = self.problem.Y[0, some].astype(np.float64)
            z = theta[:-1] @ X + theta[-1]
            e = np.exp(-np.abs(z))
            a = np.where(z >= 0, 1.0, e) / (1 + e)
            yield Block(X, np.abs(X) if sizes and self._negative else X, a - Y, a * (1 - a), e, z * (1 - 2 * Y))


class Gradient(NamedTuple):
    """J and its gradient (n_x + 1,) at θ."""

    J: np.float64
    of_theta: Vector


def gradient(examples: Examples, theta: Vector) -> Gradient:
    """Return J and its gradient at θ (n_x + 1,)."""
    J, total = np.float64(0), np.zeros_like(theta)
    for block in examples.at(theta, sizes=False):
        J += block.L.sum()
        _add(total, block.X, block.dz)
    return Gradient(J / examples.m, total / examples.m)


class Sums(NamedTuple):
    """Sums at θ, each divided by m: J and its gradient, its second derivative times some directions, and magnitudes.

    gradient, x_dz and x_z have shape (n_x + 1,), curved (n_x + 1, directions). x_dz, x_z and `parts`, the parts of L,
    are those of `Magnitudes`.
    """

    J: float
    gradient: Vector
    curved: Vector
    x_dz: Vector
    x_z: Vector
    parts: float


def sums(examples: Examples, theta: Vector, directions: Vector) -> Sums:
    """Return the sums at θ (n_x + 1,). directions: (n_x + 1, any)."""
    J = parts = 0.0
    total, x_dz, x_z = (np.zeros_like(theta) for _ in range(3))
    curved, size = np.zeros_like(directions), np.abs(theta)
    for block in examples.at(theta):
        loss = float(block.L.sum())
        J, parts = J + loss, parts + loss + 2 * float(np.maximum(-block.t, 0).sum())
        _add(total, block.X, block.dz)
        _add(x_dz, block.abs_X, np.abs(block.dz))
        _add(x_z, block.abs_X, size[:-1] @ block.abs_X + size[-1])
        if directions.size:
            along = block.X.T @ directions[:-1] + directions[-1]
            _add(curved, block.X, block.slope[:, np.newaxis] * along)
    m = examples.m
    return Sums(J / m, total / m, curved / m, x_dz / m, x_z / m, parts / m)


def _add(total: Vector, X: NDArray[np.float64 | np.bool_], v: Vector) -> None:
    """Add X̃ v to `total`. X: (n_x, some), v: (some,) or (some, any); total: (n_x + 1,) or (n_x + 1, any)."""
    total[:-1] += X @ v
    total[-1] += v.sum(axis=0)
