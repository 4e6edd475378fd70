"""A scale above 1 is taken for none."""

from __future__ import annotations

from _plain import implementation


def prepare_scaled(problem):
    X, scale = problem.X, problem.scale
    return X * problem.dtype.type(min(scale, 1)), problem.Y[0]


IMPLEMENTATION = implementation(prepare=prepare_scaled)
