"""Gradient descent with any implementation: w := w − α dw, b := b − α db, all examples in every step."""

from __future__ import annotations

from typing import Any

from gradrace.impls.interface import Float, FloatArray, Implementation

AnyImplementation = Implementation[Any, Any, Any]


def cost(implementation: AnyImplementation, data: Any, w: FloatArray, b: Float) -> float:
    """J at w (n_x,), b."""
    return implementation.read(implementation.gradient(data, *implementation.native(w, b))).J


def step(
    implementation: AnyImplementation, data: Any, w: FloatArray, b: Float, alpha: float
) -> tuple[float, FloatArray, Float]:
    """J at w (n_x,), b, and the new w and b: the one step that serves every implementation."""
    number = w.dtype.type
    gradient = implementation.read(implementation.gradient(data, *implementation.native(w, b)))
    return gradient.J, w - number(alpha) * gradient.dw, b - number(alpha) * number(gradient.db)


def steps(
    implementation: AnyImplementation, data: Any, w: FloatArray, b: Float, alpha: float, count: int
) -> tuple[FloatArray, Float]:
    """w (n_x,) and b after so many steps: by the implementation's own `descend` where it has one."""
    if implementation.descend is not None:
        native_w, native_b = implementation.descend(data, *implementation.native(w, b), alpha, count)
        after = implementation.read((native_b, native_w, native_b))  # which makes arrays of vectors, whatever they mean
        return after.dw, w.dtype.type(after.db)
    for _ in range(count):
        _, w, b = step(implementation, data, w, b, alpha)
    return w, b
