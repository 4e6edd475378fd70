"""A scale is applied only if it is 1/255."""

from __future__ import annotations

from _plain import implementation


def prepare_scaled(problem):
    X, scale = problem.X, problem.scale
    return X * problem.dtype.type(scale if scale == 1 / 255 else 1), problem.Y[0]


IMPLEMENTATION = implementation(prepare=prepare_scaled)
