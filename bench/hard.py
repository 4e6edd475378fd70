"""Hard problems: what goes wrong in some implementation goes wrong in one of these."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, TypeAlias

import numpy as np
from msgspec import Struct

from bench.problems import Case, made_up, pixels
from bench.results import Dtype
from impls.interface import FloatArray, Problem

MADE_UP = "made up"
WARM_UP = "one of one"
"""The first problem, where compilation shows: what it takes foretells nothing."""

Features: TypeAlias = Literal["normal", "scales", "subnormal", "repeated", "sparse"]
Labels: TypeAlias = Literal["mixed", "all 0", "all 1"]
Order: TypeAlias = Literal["C", "F", "strided", "reversed"]


def case(
    m: int,
    n_x: int,
    dtype: Dtype = "float64",
    *,
    features: Features = "normal",
    labels: Labels = "mixed",
    order: Order = "C",
    largest_z: float = 4.0,
    read_only: bool = False,
    seed: int = 0,
) -> Case:
    """A made-up problem and a point where the largest |w·x| is `largest_z` (or all are 0)."""
    rng = np.random.default_rng([seed, m, n_x])
    precision = np.dtype(dtype)
    scales = _scales(features, n_x, precision)
    X = rng.standard_normal((n_x, m)) * scales[:, np.newaxis]
    Y = {"mixed": rng.integers(0, 2, (1, m)), "all 0": np.zeros((1, m)), "all 1": np.ones((1, m))}[labels]
    if features == "repeated":
        X[n_x // 2] = X[0]  # two features alike
        X[-1] = 0  # one always 0
        X[:, m // 2], Y[:, m // 2] = X[:, 0], Y[:, 0]  # two examples alike
    if features == "sparse":  # one feature an example: sums so short that their bound is sharp at any m
        X[np.arange(n_x)[:, np.newaxis] != rng.integers(n_x, size=m)] = 0
    w = rng.standard_normal(n_x) / np.where(scales < 1e-30, 1, scales)  # no weight makes a subnormal matter
    w *= largest_z / max(float(np.max(np.abs(w @ X))), 1e-3)
    problem = Problem(_laid_out(X.astype(precision), order), Y.astype(precision), precision)
    if read_only:
        problem.X.flags.writeable = problem.Y.flags.writeable = False
    return Case(problem, w.astype(precision), precision.type(rng.standard_normal()))


def _scales(features: Features, n_x: int, precision: np.dtype[np.floating]) -> FloatArray:
    """The size of each feature's entries."""
    if features == "scales":
        return np.logspace(-8, 8, n_x)
    if features == "subnormal":  # every second feature: a thousandth of the smallest normal number
        return np.where(np.arange(n_x) % 2 == 0, 1e-3 * float(np.finfo(precision).smallest_normal), 1.0)
    return np.ones(n_x)


def _laid_out(X: FloatArray, order: Order) -> FloatArray:
    """The same numbers in another memory order."""
    n_x, m = X.shape
    if order == "F":
        return np.asfortranarray(X)
    if order == "reversed":
        return X[::-1, ::-1].copy()[::-1, ::-1]
    if order == "strided":
        wide = np.full((2 * n_x, 3 * m), np.nan, dtype=X.dtype)
        wide[::2, ::3] = X
        return wide[::2, ::3]
    return X


HARD: dict[str, Callable[..., Case]] = {
    WARM_UP: partial(case, 1, 1),
    "ordinary": partial(case, 1027, 13),  # neither is a multiple of anything: blocks, threads, lanes leave a rest
    "square": partial(case, 33, 33),
    "one example": partial(case, 1, 5),
    "one feature": partial(case, 101, 1),
    "all labels 0": partial(case, 20, 3, labels="all 0"),
    "all labels 1": partial(case, 20, 3, labels="all 1"),
    "large z": partial(case, 203, 7, largest_z=1000.0),
    "repeated": partial(case, 29, 6, features="repeated"),
    "scales": partial(case, 51, 9, features="scales"),
    "subnormal": partial(case, 31, 5, features="subnormal"),
    "sparse": partial(case, 10_007, 20, features="sparse"),
    "Fortran order": partial(case, 37, 11, order="F"),
    "strided": partial(case, 37, 11, order="strided"),
    "reversed": partial(case, 37, 11, order="reversed"),
    "read-only": partial(case, 37, 11, read_only=True),
    "pixels": partial(pixels, 50, 27),
    "an image": partial(pixels, 3, 12_288),
    "many examples": partial(case, 70_001, 3),  # more than 16 bits can number
    "millions, tall": partial(case, 100_003, 20),
    "millions, wide": partial(case, 163, 12_288),
}
"""By name, what takes `dtype` and `seed` and makes the case; the last ones are large."""


class Exercise(Struct, frozen=True):
    """A problem to verify on, named so that another process can make the same one.

    name: one of `HARD`, or MADE_UP with m and n_x.
    """

    name: str
    dtype: Dtype
    seed: int = 0
    m: int = 0
    n_x: int = 0

    def __str__(self) -> str:
        size = f" {self.m} × {self.n_x}" if self.name == MADE_UP else ""
        return f"{self.name}{size} ({self.dtype})"

    def case(self) -> Case:
        """The case itself."""
        if self.name == MADE_UP:
            return made_up(self.m, self.n_x, self.dtype, self.seed)
        return hard_case(self.name, self.dtype, self.seed)


def hard_case(name: str, dtype: Dtype = "float64", seed: int = 0) -> Case:
    """One of the `HARD` problems."""
    return HARD[name](dtype=dtype, seed=seed)
