"""Products with their rounding errors kept, summed with them (T. Ogita, S. Rump, S. Oishi: Dot2)."""

from __future__ import annotations

import numpy as np

from gradrace.impls.interface import Float, FloatArray, Implementation, Problem, Technique


def two_product(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the product and its rounding error, with Dekker's halves."""
    product, (x1, x2), (y1, y2) = x * y, halves(x), halves(y)
    return product, x2 * y2 - (((product - x1 * y1) - x2 * y1) - x1 * y2)


def halves(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    shifted = x.dtype.type(4097 if x.dtype == np.float32 else 134217729) * x
    high = shifted - (shifted - x)
    return high, x - high


def dot(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the sum of products along the first axis."""
    product, error = two_product(x, y)
    total, lost = product[0], error[0]
    for p, q in zip(product[1:], error[1:], strict=True):
        sum_ = total + p
        back = sum_ - total
        lost = lost + ((total - (sum_ - back)) + (p - back)) + q
        total = sum_
    return total + lost


def prepare(problem: Problem) -> tuple[FloatArray, FloatArray]:
    return problem.features(), problem.Y[0]


def gradient(data: tuple[FloatArray, FloatArray], w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    X, y = data
    z = dot(w[:, np.newaxis], X) + b
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(z, 0) - z * y + np.log1p(e)) / len(y)
    dz = a - y
    return J, dot(dz[:, np.newaxis], X.T) / len(y), np.sum(dz) / len(y)


IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
