"""σ and the loss of one example. It stands beside by_map.py, which imports it by its plain name."""

from __future__ import annotations

from math import exp, log1p


def sigmoid(z: float) -> float:
    """σ(z); exp is taken of −|z| only, so that nothing overflows."""
    e = exp(-abs(z))
    return (1 if z >= 0 else e) / (1 + e)


def loss(z: float, y: float) -> float:
    """−log σ(z) for y = 1, −log(1 − σ(z)) for y = 0, without taking the logarithm of anything near 0."""
    return max(z, 0.0) - z * y + log1p(exp(-abs(z)))
