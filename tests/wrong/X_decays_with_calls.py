"""X, in a copy, is multiplied in place by the scale 0.999… at every call, where once was meant."""

from __future__ import annotations

from _plain import gradient, implementation


def prepare_copy(problem):
    return problem.features().copy(), problem.Y[0]


def decaying(data, w, b):
    result = gradient(data, w, b)
    X, _ = data
    X *= X.dtype.type(1 - 2.0**-20)
    return result


IMPLEMENTATION = implementation(prepare=prepare_copy, gradient=decaying)
