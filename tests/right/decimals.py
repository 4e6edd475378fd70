"""Sums in Python's decimal arithmetic with 40 digits, rounded at the end; exp and log in the working precision."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique

Numbers = list[Decimal]


def decimals(values: FloatArray) -> Numbers:
    return [Decimal(value) for value in values.tolist()]


def prepare(problem: Problem) -> tuple[list[Numbers], FloatArray]:
    return [decimals(example) for example in problem.features().T], problem.Y[0]


def gradient(data: tuple[list[Numbers], FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, y = data
    weights, bias, m = decimals(w), Decimal(float(b)), len(y)
    with localcontext(prec=40):
        products = [[weight * x_j for weight, x_j in zip(weights, x, strict=True) if x_j] for x in X]
        z = np.array([float(bias + sum(some)) for some in products]).astype(w.dtype)
        e = np.exp(-np.abs(z))
        dz = decimals(np.where(z >= 0, 1, e) / (1 + e) - y)
        J = sum(decimals(np.maximum(z, 0) - z * y + np.log1p(e)))
        dw = [Decimal(0)] * len(w)
        for x, dz_i in zip(X, dz, strict=True):
            dw = [total + x_j * dz_i if x_j else total for total, x_j in zip(dw, x, strict=True)]
        number = w.dtype.type
        return number(J / m), np.array([float(total / m) for total in dw], dtype=number), number(sum(dz) / m)


IMPLEMENTATION = Implementation(technique=Technique.LOOP, prepare=prepare, gradient=gradient)
