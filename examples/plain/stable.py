"""σ and the loss of one example; by_map.py, in the same folder, imports this file by its plain name."""

from __future__ import annotations

from math import exp, log1p


def sigmoid(z: float) -> float:
    """Return σ(z). exp is taken of −|z| only, so that nothing overflows."""
    e = exp(-abs(z))
    return (1 if z >= 0 else e) / (1 + e)


def loss(z: float, y: float) -> float:
    """Return −log σ(z) for y = 1, −log(1 − σ(z)) for y = 0, without the logarithm of a number near 0."""
    return max(z, 0.0) - z * y + log1p(exp(-abs(z)))
