"""Problems for tests: one builder with every kind of hardness, drawn by Hypothesis or listed one by one."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from hypothesis import strategies as st

from bench.problems import Case
from bench.results import Dtype
from impls.interface import FloatArray, Problem

Features: TypeAlias = Literal["normal", "scales", "subnormal", "repeated"]
Labels: TypeAlias = Literal["mixed", "all 0", "all 1"]
Order: TypeAlias = Literal["C", "F", "strided", "reversed"]

SIZES = [(1, 1), (1, 6), (7, 1), (5, 5), (12, 3), (9, 13)]
"""(m, n_x), few of them: some implementations compile anew for each."""


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
    w = rng.standard_normal(n_x) / np.where(scales < 1e-30, 1, scales)  # no weight makes a subnormal matter
    w *= largest_z / max(float(np.max(np.abs(w @ X))), 1e-3)
    problem = Problem(_laid_out(X.astype(precision), order), Y.astype(precision), precision)
    if read_only:
        problem.X.flags.writeable = problem.Y.flags.writeable = False
    return Case(problem, w.astype(precision), precision.type(rng.standard_normal()))


def pixels(m: int, n_x: int, dtype: Dtype = "float64", seed: int = 0) -> Case:
    """Features as images have them: whole numbers up to 255 in one byte each, to be scaled to 1."""
    rng = np.random.default_rng([seed, m, n_x])
    precision = np.dtype(dtype)
    X = rng.integers(0, 256, (n_x, m), dtype=np.uint8)
    Y = rng.integers(0, 2, (1, m)).astype(precision)
    w = (rng.standard_normal(n_x) / np.sqrt(n_x)).astype(precision)
    return Case(Problem(X, Y, precision, scale=1 / 255), w, precision.type(0.5))


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


@st.composite
def cases(draw: st.DrawFn, dtype: Dtype | None = None) -> Case:
    """A case of a small size with any mixture of hardness; of either precision if none is named."""
    m, n_x = draw(st.sampled_from(SIZES))
    return case(
        m,
        n_x,
        dtype or draw(st.sampled_from(["float64", "float32"])),
        features=draw(st.sampled_from(["normal", "scales", "subnormal", "repeated"])),
        labels=draw(st.sampled_from(["mixed", "all 0", "all 1"])),
        order=draw(st.sampled_from(["C", "F", "strided", "reversed"])),
        largest_z=draw(st.sampled_from([0.0, 1e-6, 4.0, 40.0, 1000.0])),
        read_only=draw(st.booleans()),
        seed=draw(st.integers(0, 2**16)),
    )


def hard_cases(dtype: Dtype) -> dict[str, Case]:
    """One case for each thing that goes wrong in some implementation, by name."""
    return {
        "ordinary": case(1027, 13, dtype),  # neither is a multiple of anything: blocks, threads, lanes leave a rest
        "square": case(33, 33, dtype),
        "one example": case(1, 5, dtype),
        "one feature": case(101, 1, dtype),
        "one example of one feature": case(1, 1, dtype),
        "all labels 0": case(20, 3, dtype, labels="all 0"),
        "all labels 1": case(20, 3, dtype, labels="all 1"),
        "large z": case(203, 7, dtype, largest_z=1000.0),
        "repeated": case(29, 6, dtype, features="repeated"),
        "scales": case(51, 9, dtype, features="scales"),
        "subnormal": case(31, 5, dtype, features="subnormal"),
        "Fortran order": case(37, 11, dtype, order="F"),
        "strided": case(37, 11, dtype, order="strided"),
        "reversed": case(37, 11, dtype, order="reversed"),
        "read-only": case(37, 11, dtype, read_only=True),
        "pixels": pixels(50, 27, dtype),
        "an image": pixels(3, 12288, dtype),
        "many examples": case(70001, 3, dtype),  # more than 16 bits can number
    }
