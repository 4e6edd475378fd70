"""Python's decimal arithmetic with 60 digits, rounded at the end."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def prepare(problem: Problem) -> tuple[list[list[Decimal]], list[Decimal], type]:
    X = [[Decimal(x) for x in example] for example in problem.features().T.tolist()]
    return X, [Decimal(y) for y in problem.Y[0].tolist()], problem.dtype.type


def gradient(
    data: tuple[list[list[Decimal]], list[Decimal], type], w: FloatArray, b: Float
) -> tuple[Float, FloatArray, Float]:
    X, labels, number = data
    weights, bias = [Decimal(weight) for weight in w.tolist()], Decimal(float(b))
    with localcontext(prec=40):
        J, dw, db = Decimal(0), [Decimal(0)] * len(w), Decimal(0)
        for x, y in zip(X, labels, strict=True):
            z = bias + sum(weight * x_j for weight, x_j in zip(weights, x, strict=True) if x_j)
            e = (-abs(z)).exp()
            J += max(z, Decimal(0)) - z * y + (1 + e).ln()
            dz = (1 if z >= 0 else e) / (1 + e) - y
            db += dz
            dw = [total + x_j * dz if x_j else total for total, x_j in zip(dw, x, strict=True)]
        m = len(labels)
        return number(J / m), np.array([float(total / m) for total in dw], dtype=number), number(db / m)


IMPLEMENTATION = Implementation(technique=Technique.LOOP, prepare=prepare, gradient=gradient)
