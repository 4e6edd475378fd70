"""Gradient descent with any implementation: w := w − α dw, b := b − α db, all examples in every step."""

from __future__ import annotations

from typing import Any

from gradrace.impls.interface import Float, FloatArray, Implementation

AnyImplementation = Implementation[Any, Any, Any]


def cost(implementation: AnyImplementation, data: Any, w: FloatArray, b: Float) -> float:
    """Return J at w (n_x,), b."""
    return implementation.read(implementation.gradient(data, *implementation.native(w, b))).J


def step(
    implementation: AnyImplementation, data: Any, w: FloatArray, b: Float, alpha: float
) -> tuple[float, FloatArray, Float]:
    """Return J at w (n_x,), b, and the new w and b after one step. It works for every implementation."""
    number = w.dtype.type
    gradient = implementation.read(implementation.gradient(data, *implementation.native(w, b)))
    return gradient.J, w - number(alpha) * gradient.dw, b - number(alpha) * number(gradient.db)


def steps(
    implementation: AnyImplementation, data: Any, w: FloatArray, b: Float, alpha: float, count: int
) -> tuple[FloatArray, Float]:
    """Return w (n_x,) and b after `count` steps, by the implementation's own `descend` if it has one."""
    return end(implementation, descend(implementation, data, w, b, alpha, count), w)


def descend(
    implementation: AnyImplementation, data: Any, w: FloatArray, b: Float, alpha: float, count: int
) -> tuple[Any, Any]:
    """Return the result of the implementation's own `descend`, or, without one, w and b after `count` steps."""
    if implementation.descend is not None:
        return implementation.descend(data, *implementation.native(w, b), alpha, count)
    for _ in range(count):
        _, w, b = step(implementation, data, w, b, alpha)
    return w, b


def warm_up(implementation: AnyImplementation, data: Any, w: FloatArray, b: Float, alpha: float, count: int) -> None:
    """Make an untimed descent of `count` steps from w (n_x,), b, so that no timed one includes compilation.

    An implementation without its own `descend` has nothing to compile beyond its gradient.
    """
    if implementation.descend is not None and count:
        descend(implementation, data, w, b, alpha, count)


def end(implementation: AnyImplementation, native: tuple[Any, Any], start: FloatArray) -> tuple[FloatArray, Float]:
    """Return w and b of a descent as NumPy's; start: the w at which it began."""
    if implementation.descend is None:
        return native
    w, b = native
    after = implementation.read((b, w, b))  # `read` converts a vector to an array, whatever it means
    return after.dw, start.dtype.type(after.db)
