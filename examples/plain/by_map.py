"""Plain Python with inner loops in C: sum(map(mul, w, x)) is the product of two lists."""

from __future__ import annotations

from collections.abc import Sequence
from operator import mul
from typing import Any, NamedTuple

import numpy as np
from stable import loss, sigmoid

from gradrace import Float, FloatArray, Implementation, Problem, Technique


class Data(NamedTuple):
    """The same numbers in two orders: lists of examples for z, lists of features for dw.

    number: NumPy type of the working precision.
    """

    examples: Sequence[Sequence[float]]
    features: Sequence[Sequence[float]]
    Y: Sequence[float]
    number: type[np.floating[Any]]


def prepare(problem: Problem) -> Data:
    """Return lists of Python's numbers; both orders share these objects."""
    features = problem.features().tolist()
    examples = [*zip(*features, strict=True)]
    return Data(examples=examples, features=features, Y=problem.Y[0].tolist(), number=problem.dtype.type)


def to_native(w: FloatArray, b: Float) -> tuple[list[Any], float]:
    """Return w as a list and b as a Python number, for `gradient`. This isn't timed."""
    return w.tolist(), float(b)


def gradient(data: Data, w: list[Any], b: float) -> tuple[float, list[Any], float]:
    """Return J, dw, db. Python has no float32, so dw is converted to the working precision at the end."""
    m = len(data.Y)
    zs = [sum(map(mul, w, x)) + b for x in data.examples]
    J = sum(map(loss, zs, data.Y)) / m
    dzs = [sigmoid(z) - y for z, y in zip(zs, data.Y, strict=True)]
    dw = [data.number(sum(map(mul, x_j, dzs)) / m) for x_j in data.features]
    return J, dw, sum(dzs) / m


IMPLEMENTATION = Implementation(technique=Technique.LOOP, prepare=prepare, gradient=gradient, to_native=to_native)
