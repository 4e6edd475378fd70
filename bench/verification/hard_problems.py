"""Hard problems, each of which reveals a kind of mistake that gives right results on ordinary problems.

The known mistakes, and the problem that reveals each, are in tests/wrong. Passing all of them doesn't prove an
implementation right: a mistake at other sizes or values isn't found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from gradrace.bench.problems import Case, from_seed, load, pixels
from gradrace.bench.results import Cell, Dtype
from gradrace.impls.interface import FloatArray, Problem

MADE_UP = "made up"
DATA = "data: "
"""Prefix of the names of problems from real data."""

WARM_UP = "one of one"
"""Name of the first problem, whose time includes compilation and therefore predicts nothing."""

SPARSE = 50
"""In sparse features, one in so many examples has a given feature."""

Features: TypeAlias = Literal["normal", "scales", "subnormal", "repeated", "sparse"]
Weights: TypeAlias = Literal["normal", "some 0", "all 0"]
Labels: TypeAlias = Literal["mixed", "all 0", "all 1"]
Order: TypeAlias = Literal["C", "F", "strided", "reversed", "padded rows", "padded columns"]
"""Memory order of X. Padded rows, or columns, are the beginnings of longer ones."""


def case(
    m: int,
    n_x: int,
    dtype: Dtype = "float64",
    *,
    features: Features = "normal",
    weights: Weights = "normal",
    labels: Labels = "mixed",
    order: Order = "C",
    largest_z: float = 4.0,
    read_only: bool = False,
    seed: int = 0,
) -> Case:
    """Return a made-up problem and a point.

    largest_z: the largest |w·x|, unless all of them are 0 or subnormal.
    weights: "all 0" sets b = 0 as well, the usual start of a descent.
    """
    rng = np.random.default_rng([seed, m, n_x])
    precision = np.dtype(dtype)
    scales = _scales(features, n_x, precision)
    X = rng.standard_normal((n_x, m)) * scales[:, np.newaxis]
    Y = {"mixed": rng.integers(0, 2, (1, m)), "all 0": np.zeros((1, m)), "all 1": np.ones((1, m))}[labels]
    if features == "repeated":
        X[n_x // 2] = X[0]  # two equal features
        X[-1] = 0  # one that is always 0
        X[:, m // 2], Y[:, m // 2] = X[:, 0], Y[:, 0]  # two equal examples
    if features == "sparse":  # sums so short that their bound is sharp at any m
        X[np.arange(n_x)[:, np.newaxis] != rng.integers(SPARSE, size=m)] = 0
    w: FloatArray = rng.standard_normal(n_x)
    if features == "scales":  # so that each contributes as much to z
        w = w / scales
    w[{"normal": slice(0), "some 0": slice(None, None, 2), "all 0": slice(None)}[weights]] = 0
    w = _reaching(largest_z, w, X, precision)
    b = 0.0 if weights == "all 0" else rng.standard_normal()
    problem = Problem(laid_out(X.astype(precision), order), Y.astype(precision), precision)
    if read_only:
        problem.X.flags.writeable = problem.Y.flags.writeable = False
    return Case(problem, w.astype(precision), precision.type(b))


def _reaching(largest_z: float, w: FloatArray, X: FloatArray, precision: np.dtype[np.floating]) -> FloatArray:
    """Return a multiple of w with a largest |w·x| of `largest_z`; w itself if that is now 0 or subnormal.

    The sum adds feature by feature: the bits of BLAS depend on the processor and its threads, and another process must
    make the same w.
    """
    largest = float(np.max(np.abs((w[:, np.newaxis] * X).sum(axis=0))))
    return w * (largest_z / largest) if largest >= np.finfo(precision).smallest_normal else w


def _scales(features: Features, n_x: int, precision: np.dtype[np.floating]) -> FloatArray:
    """Return the size of each feature's entries."""
    if features == "scales":
        return np.logspace(-8, 8, n_x)
    if features == "subnormal":  # every second feature: a thousandth of the smallest normal number
        return np.where(np.arange(n_x) % 2 == 0, 1e-3 * float(np.finfo(precision).smallest_normal), 1.0)
    return np.ones(n_x)


def laid_out(X: NDArray[Any], order: Order) -> NDArray[Any]:
    """Return X (n_x, m) in another memory order. The memory between its numbers holds NaN, or 77 between bytes."""
    n_x, m = X.shape
    between = 77 if X.dtype == np.uint8 else np.nan
    if order == "F":
        return np.asfortranarray(X)
    if order == "reversed":
        return X[::-1, ::-1].copy()[::-1, ::-1]
    if order == "padded columns":
        return laid_out(X.T, "padded rows").T
    if order in {"strided", "padded rows"}:
        rows, columns, longer = (2, 3, 0) if order == "strided" else (1, 1, 6)
        wide = np.full((rows * n_x, columns * m + longer), between, dtype=X.dtype)
        view = wide[::rows, : columns * m : columns]
        view[...] = X
        return view
    return X


HARD: dict[str, Callable[..., Case]] = {
    WARM_UP: partial(case, 1, 1),
    "ordinary": partial(case, 1027, 13),  # no multiples: blocks, threads, lanes leave a remainder
    "whole blocks": partial(case, 1024, 64),  # multiples of usual sizes: no remainder
    "square": partial(case, 33, 33),
    "one example": partial(case, 1, 5),
    "one feature": partial(case, 101, 1),
    "all labels 0": partial(case, 20, 3, labels="all 0"),
    "all labels 1": partial(case, 20, 3, labels="all 1"),
    "zeros": partial(case, 37, 11, weights="all 0"),
    "some weights 0": partial(case, 37, 11, weights="some 0"),
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
    "many examples": partial(case, 70_001, 3, features="sparse"),  # more than 16 bits can number; float32 reveals it
    "millions, tall": partial(case, 100_003, 20),
    "millions, wide": partial(case, 163, 12_288),
}
"""{name: function that makes the case from `dtype` and `seed`}; the last ones are large."""


class Exercise(Struct, frozen=True):
    """A problem to verify on, named so that another process can make the same one.

    name: one of `HARD`; or MADE_UP with m and n_x, of pixels or not; or any name, if the case is saved in a folder.
    first_m, first_n_x: number of examples and features to which the problem is cut; None keeps all.
    """

    name: str
    dtype: Dtype
    seed: int = 0
    m: int = 0
    n_x: int = 0
    pixels: bool = False
    folder: str = ""
    first_m: int | None = None
    first_n_x: int | None = None

    def __str__(self) -> str:
        size = f" {self.m} × {self.n_x}" if self.m else ""
        return f"{self.name}{size}{' pixels' * self.pixels} ({self.dtype})"

    def case(self) -> Case:
        """Return the case that the exercise names."""
        if self.folder:
            whole = load(Path(self.folder))
        elif self.name == MADE_UP:
            whole = from_seed(self.seed)(Cell(self.m, self.n_x, self.dtype, pixels=self.pixels))
        else:
            whole = hard_case(self.name, self.dtype, self.seed)
        return whole if self.first_m is self.first_n_x is None else _first(whole, self.first_m, self.first_n_x)


def _first(case: Case, m: int | None, n_x: int | None) -> Case:
    """Return the case with its first m examples and n_x features, in the same memory order."""
    problem = case.problem
    X, Y = problem.X[:n_x, :m], problem.Y[:, :m]
    if problem.X.flags.c_contiguous or problem.X.flags.f_contiguous:
        X = X.copy(order="C" if problem.X.flags.c_contiguous else "F")
    return Case(replace(problem, X=X, Y=Y.copy()), case.w[:n_x].copy(), case.b)


def hard_case(name: str, dtype: Dtype, seed: int = 0) -> Case:
    """Return one of the `HARD` problems."""
    return HARD[name](dtype=dtype, seed=seed)
