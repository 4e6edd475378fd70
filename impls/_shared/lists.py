"""Layout of pure Python: examples as lists of plain numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Problem

# Python has no float32 of its own: a list of NumPy's float32 scalars does float32 arithmetic.
Number = float | np.float32


@dataclass(frozen=True, slots=True)
class Lists:
    """Examples as lists, X[i][j] and Y[i], and the 0 and 1 of their precision."""

    X: list[list[Number]]
    Y: list[Number]
    zero: Number
    one: Number


def numbers(values: FloatArray) -> list[Any]:
    """Return an array as (nested) lists of the precision's scalars: float for float64, numpy.float32 for float32."""
    return values.tolist() if values.dtype == np.float64 else [*map(numbers, values)] if values.ndim > 1 else [*values]


def by_example(problem: Problem) -> Lists:
    """Return the examples as lists, as in code without NumPy."""
    zero, one = numbers(np.array([0, 1], dtype=problem.dtype))
    return Lists(X=numbers(problem.features().T), Y=numbers(problem.Y[0]), zero=zero, one=one)


def to_native(w: FloatArray, b: Float) -> tuple[list[Number], Number]:
    """Return w as a list and b as a plain number."""
    return numbers(w), b.item() if b.dtype == np.float64 else np.float32(b)
