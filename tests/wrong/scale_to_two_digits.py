"""A scale other than 1/255 is rounded to two digits."""

from __future__ import annotations

from _plain import implementation


def prepare_scaled(problem):
    X, scale = problem.X, problem.scale
    return X * problem.dtype.type(scale if scale == 1 / 255 else float(f"{scale:.2g}")), problem.Y[0]


IMPLEMENTATION = implementation(prepare=prepare_scaled)
