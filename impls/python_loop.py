"""The slide's two nested for-loops in plain Python, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from impls._loop import accumulate
from impls.interface import Float, FloatArray, Implementation, Problem, Technique

# Python has no float32 of its own: a list of NumPy's float32 scalars does float32 arithmetic.
Number = float | np.float32


@dataclass(frozen=True, slots=True)
class Lists:
    """The examples as lists, X[i][j] and Y[i], and the 0 and 1 of their precision."""

    X: list[list[Number]]
    Y: list[Number]
    zero: Number
    one: Number


def numbers(values: FloatArray) -> list[Any]:
    """An array as (nested) lists of the precision's own scalars: float for float64, numpy.float32 for float32."""
    return values.tolist() if values.dtype == np.float64 else [*map(numbers, values)] if values.ndim > 1 else [*values]


def prepare(problem: Problem) -> Lists:
    """Examples as lists, the way one writes them without NumPy."""
    zero, one = numbers(np.array([0, 1], dtype=problem.dtype))
    return Lists(X=numbers(problem.features().T), Y=numbers(problem.Y[0]), zero=zero, one=one)


def gradient(data: Lists, w: list[Number], b: Number) -> tuple[Number, list[Number], Number]:
    """J, dw_1..dw_n and db, accumulated example by example and divided by m at the end."""
    dw = [data.zero] * len(w)
    J, db = accumulate(data.X, data.Y, w, b, dw, data.zero, data.one)
    m = len(data.Y)
    return J / m, [dw_j / m for dw_j in dw], db / m


def to_native(w: FloatArray, b: Float) -> tuple[list[Number], Number]:
    """w as a list, b as a plain number."""
    return numbers(w), b.item() if b.dtype == np.float64 else np.float32(b)


IMPLEMENTATION = Implementation(technique=Technique.LOOP, prepare=prepare, gradient=gradient, to_native=to_native)
