"""Plain Python without an inner loop of its own: sum(map(mul, ...)) goes through a row in C."""

from __future__ import annotations

from collections.abc import Sequence
from operator import mul
from typing import Any, NamedTuple

import numpy as np
from stable import loss, sigmoid

from gradrace import Float, FloatArray, Implementation, Problem, Technique


class Data(NamedTuple):
    """The same numbers twice: examples as rows for z, features as rows for dw.

    number: the working precision's own type, which makes one of a Python number.
    """

    examples: Sequence[Sequence[float]]
    features: Sequence[Sequence[float]]
    Y: Sequence[float]
    number: type[np.floating[Any]]


def prepare(problem: Problem) -> Data:
    """Lists of Python's own numbers; both orders hold the same objects."""
    features = problem.features().tolist()
    examples = [*zip(*features, strict=True)]
    return Data(examples=examples, features=features, Y=problem.Y[0].tolist(), number=problem.dtype.type)


def to_native(w: FloatArray, b: Float) -> tuple[list[Any], float]:
    """w as a list, b as a plain number: what `gradient` is given. It isn't timed."""
    return w.tolist(), float(b)


def gradient(data: Data, w: list[Any], b: float) -> tuple[float, list[Any], float]:
    """J, dw, db; Python has no float32 of its own, so dw becomes one at the end."""
    m = len(data.Y)
    zs = [sum(map(mul, w, x)) + b for x in data.examples]
    J = sum(map(loss, zs, data.Y)) / m
    dzs = [sigmoid(z) - y for z, y in zip(zs, data.Y, strict=True)]
    dw = [data.number(sum(map(mul, x_j, dzs)) / m) for x_j in data.features]
    return J, dw, sum(dzs) / m


IMPLEMENTATION = Implementation(technique=Technique.LOOP, prepare=prepare, gradient=gradient, to_native=to_native)
