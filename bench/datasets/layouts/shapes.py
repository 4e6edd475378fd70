"""Choice of the arrays with the examples and the labels by their shapes, where their names don't tell."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

Shape: TypeAlias = tuple[int, ...]

LEAST = 2
"""Minimum number of examples."""


def is_list(shape: Shape) -> bool:
    """Return whether an array of this shape holds one value for each example: (m,), (m, 1), (1, m), ..."""
    return bool(shape) and math.prod(shape) == max(shape) >= LEAST


def labels_for(X: Shape, shapes: Mapping[str, Shape]) -> list[str]:
    """Return the arrays that may be the labels of examples of this shape."""
    return [name for name, shape in shapes.items() if is_list(shape) and max(shape) in (X[:1] + X[-1:])]


def examples_for(y: Shape, shapes: Mapping[str, Shape]) -> list[str]:
    """Return the arrays that may be the examples of labels of this shape."""
    m = max(y, default=0)
    return [name for name, X in shapes.items() if len(X) > 1 and not is_list(X) and m in (X[0], X[-1])]


def pairs(shapes: Mapping[str, Shape]) -> list[tuple[str, str]]:
    """Return the pairs of arrays that may be examples and labels."""
    return [(X, y) for y, shape in shapes.items() if is_list(shape) for X in examples_for(shape, shapes)]
