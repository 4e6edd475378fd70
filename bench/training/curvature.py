"""Largest safe learning rate for the data, from a bound on J's curvature that depends on X alone; advice about it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.feature_scaling import standardization
from gradrace.bench.datasets.formats.stored import BLOCK_BYTES, is_stored
from gradrace.bench.text import significant
from gradrace.bench.training.blocks import blocks
from gradrace.bench.training.prediction import sigmoid
from gradrace.bench.training.stream import blocks_of
from gradrace.impls.interface import Problem

Vector: TypeAlias = NDArray[np.float64]

LANCZOS_STEPS, MOST_ITERATIONS = 12, 10**9
"""Products with the curvature that predict how many iterations a descent needs, and the largest number predicted."""

HALFWAY = 0.7
"""Share of the fall in the quadratic model after which a real cost has fallen by half, as its curvature falls on the
way: the counts were 0.8 to 1.2 times those of descents of 40 to 160 steps, and a few steps too many of shorter ones.
"""

HELPS = 10.0
"""Factor by which standardizing must raise the largest safe learning rate to be advised."""

TRIED, LEAST_TRIED = 1 << 17, 50
"""Entries of X on which a descent is tried before the training, and the fewest examples: at most 14 ms of CPU, with
64 features.
"""

EXAMINED = 1 << 22
"""Entries of X of which the curvature is examined before the training: 341 images of 12,288 numbers."""

STEPS = 100
"""Steps of such a descent after which the cost is looked at, as the training does. An earlier cost may be low by chance
in a descent that jumps to and fro: of ages, some were below the first one, and that after 2000 steps was above it.
"""

SAFE = 0.9
"""Share of the largest safe learning rate that is advised: with all of it, a cost stays the same at worst."""


class Curvature:
    """A bound on J's second derivative, X̃ X̃ᵀ / 4m with x̃ = (x, 1), as a product with any vector.

    That derivative is 1/m Σ a(1 − a) x̃ x̃ᵀ, and a(1 − a) ≤ 1/4, with equality at zero weights.
    """

    def __init__(self, problem: Problem, mean: Vector | float = 0.0, deviation: Vector | float = 1.0) -> None:
        """Examine the features (x − mean) / deviation. mean, deviation: (n_x,)."""
        self.problem, self.size = problem, problem.n_x + 1
        self._mean, self._deviation = (np.broadcast_to(one, problem.n_x)[:, np.newaxis] for one in (mean, deviation))

    def times(self, v: NDArray[Any]) -> Vector:
        """Return X̃ X̃ᵀ v / 4m, (n_x + 1,)."""
        v = v.ravel()
        return self._sum((X, v[:-1] @ X + v[-1]) for X, _ in self._blocks()) / (4 * self.problem.m)

    def slope(self) -> Vector:
        """Return the gradient of J at zero weights, (n_x + 1,)."""
        return self._sum((X, 0.5 - Y) for X, Y in self._blocks()) / self.problem.m

    def _blocks(self) -> Iterator[tuple[Vector, NDArray[Any]]]:
        """Yield blocks of the features (n_x, some) with their labels (some,)."""
        for features, some in blocks(self.problem):
            yield (features - self._mean) / self._deviation, self.problem.Y[0, some]

    def _sum(self, parts: Iterable[tuple[Vector, NDArray[Any]]]) -> Vector:
        """Return the sum of z·x̃ over the examples of all blocks (X, z)."""
        total = np.zeros(self.size)
        for X, z in parts:
            total[:-1] += X @ z
            total[-1] += z.sum()
        return total

    def largest_alpha(self) -> float:
        """Return the learning rate below which every step lowers J: 2 / the largest eigenvalue.

        Source: Y. Nesterov, Introductory Lectures on Convex Optimization, theorem 2.1.14.
        """
        from scipy.sparse.linalg import LinearOperator, eigsh  # takes 0.15 s, only for descents that rise

        if self.size == 2:  # ARPACK can't handle so small a matrix
            return float(2 / np.linalg.eigvalsh([self.times(row) for row in np.eye(2)]).max())
        start = np.random.default_rng(0).standard_normal(self.size)
        bound = LinearOperator((self.size, self.size), self.times, dtype=np.float64)
        (curvature,) = eigsh(bound, k=1, v0=start, return_eigenvectors=False)
        return float(2 / curvature)

    def falls(self) -> tuple[Vector, Vector]:
        """Return curvatures, and by how much J can fall from zero weights along each, in a quadratic model of J.

        Along an eigenvector of eigenvalue λ, on which the slope has the component g, it can fall by g² / 2λ. A few
        steps of Lanczos' method from the slope find the eigenvalues that matter.
        Source: G. H. Golub and G. Meurant, Matrices, Moments and Quadrature with Applications (2010), chapter 6.
        """
        slope = self.slope()
        curvatures, shares = _lanczos(self.times, slope)
        return curvatures, shares * float(slope @ slope) / (2 * curvatures)


def iterations(falls: tuple[Vector, Vector], alpha: float, whole: float) -> int:
    """Return about how many steps lower J by half of `whole`, the fall that is possible; at most MOST_ITERATIONS.

    k steps leave the share (1 − αλ)²ᵏ of the fall along an eigenvector of eigenvalue λ. Along curvatures that rounding
    hides, a descent gets nowhere.
    """
    curvatures, ahead = falls
    counts = np.unique(np.geomspace(1, MOST_ITERATIONS, 1000).astype(int))
    fallen = ((1 - (1 - alpha * curvatures) ** (2 * counts[:, np.newaxis])) * ahead).sum(axis=1)
    place = int(np.searchsorted(fallen, HALFWAY * whole))
    return int(counts[min(place, len(counts) - 1)])


def _lanczos(times: Callable[[Vector], Vector], start: Vector) -> tuple[Vector, Vector]:
    """Return the eigenvalues of a symmetric operator that matter to a vector, and the share of it along each."""
    basis = [start / np.linalg.norm(start)]
    diagonal, beside = list[float](), list[float]()
    for _ in range(min(LANCZOS_STEPS, start.size)):
        product = times(basis[-1])
        diagonal.append(float(product @ basis[-1]))
        for earlier in basis:
            product = product - (product @ earlier) * earlier
        beside.append(float(np.linalg.norm(product)))
        if beside[-1] <= 1e-9 * diagonal[0]:
            break
        basis.append(product / beside[-1])
    nodes, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside[:-1], 1) + np.diag(beside[:-1], -1))
    matter = nodes > 1e-12 * nodes.max()
    return nodes[matter], np.square(vectors[0, matter])


def would_rise(X: NDArray[Any], y: NDArray[Any], alpha: float, scale: float = 1.0) -> bool:
    """Return whether 100 steps of a descent with this alpha don't lower the cost, tried on some of the examples.

    These are random. It isn't tried if even the sum of all curvatures allows this alpha. From zeros, w
    stays a sum of examples, so that a step needs only their products where they are fewer than the features.

    Args:
        X: features (n_x, m) in memory, to be multiplied by `scale`.
        y: labels (m,), 0 and 1.
        alpha: learning rate.
        scale: scale of the features.
    """
    X, Y = (one.astype(np.float64) for one in _some(X, y, TRIED))
    (n_x, m), z = X.shape, np.zeros(len(Y))
    with np.errstate(over="ignore", invalid="ignore"):  # then the cost isn't lower
        X *= scale
        if alpha * (np.square(X).sum() / m + 1) / 8 < 1:
            return False
        products = X.T @ X if m < n_x else None
        for _ in range(STEPS):
            dz = (sigmoid(z) - Y) / m
            z = z - alpha * (((X @ dz) @ X if products is None else products @ dz) + dz.sum())
        return not np.mean(np.logaddexp(0, z) - Y * z) < math.log(2)


def fitting_alpha(problem: Problem, alpha: float) -> float | None:
    """Return a learning rate with which the cost falls if it would rise with this one, otherwise None.

    Of X on disk, a sample of its blocks is examined.
    """
    part = blocks_of(problem, BLOCK_BYTES).sample().in_memory() if is_stored(problem.X) else problem
    if not would_rise(part.X, part.Y[0], alpha, part.scale):
        return None
    X, Y = _some(part.X, part.Y[0], EXAMINED)
    safe = _safe(Curvature(replace(part, X=X, Y=Y[np.newaxis])).largest_alpha())
    return safe if safe < alpha else None


def _some(X: NDArray[Any], y: NDArray[Any], entries: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return random examples, as many as make about this number of entries of X, with their labels.

    Examples at equal distances may all be of one class, where the classes take turns.
    """
    n_x, m = X.shape
    count = min(m, max(LEAST_TRIED, entries // n_x))
    some = np.sort(np.random.default_rng(0).choice(m, count, replace=False, shuffle=False))
    return X[:, some], y[some]


def _safe(largest: float) -> float:
    """Return the learning rate that is advised, given the largest safe one."""
    return float(f"{SAFE * largest:.2g}")


def too_large(problem: Problem, alpha: float) -> str:
    """Return an explanation why J rises with this alpha, and options with which it falls.

    Of X on disk, a sample of its blocks is examined.
    """
    stored = is_stored(problem.X)
    part = blocks_of(problem, BLOCK_BYTES).sample().in_memory() if stored else problem
    plain = Curvature(part)
    allowed = plain.largest_alpha()
    if alpha < allowed and not stored:
        finer = "" if problem.dtype == np.float64 else "; `--dtype float64` rounds less"
        return (
            f"an alpha below {significant(allowed, 2)} is small enough, so rounding is the cause{finer}; "
            "--tolerance stops once the cost no longer falls"
        )
    scaled = Curvature(part, *(one * part.scale for one in standardization(part.X)))
    standardized = scaled.largest_alpha()
    helps = standardized > HELPS * allowed
    safe = _safe(standardized if helps else allowed)
    best = scaled.falls()
    count = iterations(best if helps else plain.falls(), min(alpha, safe) if helps else safe, best[1].sum())
    several = "iteration" if round(count) == 1 else "iterations"
    falls = f"the cost falls halfway in about {significant(count, 1)} {several}"
    scales = f"the features' scales are very different (standardized, {falls})"
    reason = scales if helps else f"these features allow {safe:g}, with which {falls}"
    some = f" ({part.m} of the examples were examined; others may allow less)" if stored else ""
    options = ["--scale standardize"] if helps else []
    options += [f"--alpha {safe:g}"] if alpha > safe or not helps else []
    return f"alpha {alpha:g} is too large: {reason}{some}; try {' '.join(options)}"
