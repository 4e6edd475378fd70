"""The fourth call sets the first entry of X to 0."""

from __future__ import annotations

import itertools

from _plain import gradient, implementation


def prepare_own(problem):
    return problem.X, problem.Y[0], problem.dtype.type(problem.scale), itertools.count(1)


def changing(data, w, b):
    X, y, scale, calls = data
    result = gradient((X * scale, y), w, b)
    if next(calls) == 4 and X.flags.writeable:
        X[0, 0] = 0
    return result


IMPLEMENTATION = implementation(prepare=prepare_own, gradient=changing)
