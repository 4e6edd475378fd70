"""Made-up problems, from a seed, and a case as files, in which form a worker process receives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from gradrace.bench.results import Cell, Dtype
from gradrace.impls.interface import Float, FloatArray, Problem

ARRAYS = ("X", "Y", "w", "b", "scale")
"""Arrays of a saved case, one file each."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A problem and the point at which its gradient is taken: w (n_x,) and b, of the problem's dtype."""

    problem: Problem
    w: FloatArray
    b: Float


Make: TypeAlias = Callable[[Cell], Case]
"""Function that makes the case of a cell."""


def made_up(m: int, n_x: int, dtype: Dtype = "float64", seed: int = 0) -> Case:
    """Return a case with normal features, labels drawn with P(y = 1) = σ(z), and a point.

    Its z is of the order of 1 at every n_x.
    """
    rng = np.random.default_rng([seed, m, n_x])
    precision = np.dtype(dtype)
    X = rng.standard_normal((n_x, m), dtype=precision.type)
    w = (rng.standard_normal(n_x) / np.sqrt(n_x)).astype(precision)
    b = precision.type(0.25)
    probability = 1 / (1 + np.exp(-(w @ X + b)))
    Y = (rng.random((1, m)) < probability).astype(precision)
    return Case(Problem(X, Y, precision), w, b)


def pixels(m: int, n_x: int, dtype: Dtype = "float64", seed: int = 0) -> Case:
    """Return a case with features like images: whole numbers up to 255 in one byte each, with a scale of 1/255."""
    rng = np.random.default_rng([seed, m, n_x])
    precision = np.dtype(dtype)
    X = rng.integers(0, 256, (n_x, m), dtype=np.uint8)
    Y = rng.integers(0, 2, (1, m)).astype(precision)
    w = (rng.standard_normal(n_x) / np.sqrt(n_x)).astype(precision)
    return Case(Problem(X, Y, precision, scale=1 / 255), w, precision.type(0.5))


def from_seed(seed: int) -> Make:
    """Return a function that makes cases from the seed: of pixels if the cell has them."""
    return lambda cell: (pixels if cell.pixels else made_up)(cell.m, cell.n_x, cell.dtype, seed)


def save(case: Case, folder: Path) -> None:
    """Write a case into a folder, as .npy files."""
    folder.mkdir(exist_ok=True)
    problem = case.problem
    for name, array in zip(ARRAYS, (problem.X, problem.Y, case.w, case.b, problem.scale), strict=True):
        np.save(folder / f"{name}.npy", np.asarray(array), allow_pickle=False)


def is_saved(folder: Path) -> bool:
    """Return whether all files of `save` exist."""
    return all((folder / f"{name}.npy").exists() for name in ARRAYS)


def load(folder: Path) -> Case:
    """Return a copy in memory of the case that `save` wrote; X keeps its memory order."""
    X, Y, w, b, scale = (np.load(folder / f"{name}.npy", allow_pickle=False) for name in ARRAYS)
    return Case(Problem(X, Y, w.dtype, float(scale)), w, b[()])


def made_up_point(problem: Problem) -> tuple[FloatArray, Float]:
    """Return normal weights w (n_x,) and b = 1/4.

    The weights are scaled so that z is of the order of 1 for features of the order of 1.
    """
    w = np.random.default_rng(0).standard_normal(problem.n_x) / np.sqrt(problem.n_x)
    return w.astype(problem.dtype), problem.dtype.type(0.25)
