"""Each call divides X by three and multiplies it again: it is not quite what it was."""

from __future__ import annotations

from _plain import gradient, implementation


def prepare_own(problem):
    return problem.X, problem.Y[0], problem.dtype.type(problem.scale)


def scaled_and_back(data, w, b):
    X, y, scale = data
    result = gradient((X * scale, y), w, b)
    if X.dtype == w.dtype:
        X /= X.dtype.type(3)
        X *= X.dtype.type(3)
    return result


IMPLEMENTATION = implementation(prepare=prepare_own, gradient=scaled_and_back)
