"""One pass over X: each block of examples is read once, and its second product taken while it lies in the cache."""

from __future__ import annotations

from gradrace.impls._simd.fused import descend_all_threads, descend_one_thread
from gradrace.impls._simd.fused_gradient import Laid, gradient, prepare
from gradrace.impls._simd.gram import descend_among_examples, pays
from gradrace.impls.interface import Float, FloatArray, Implementation, Technique


def descend(data: Laid, w: FloatArray, b: Float, alpha: float, steps: int) -> tuple[FloatArray, Float]:
    """w and b after `steps` steps w := w − α dw, b := b − α db, all within compiled code."""
    number = w.dtype.type
    if data.X.ndim == 2 and pays(data.X, steps):
        return descend_among_examples(data.X, data.Y, data.products, w, number(b), number(alpha), steps)
    arguments = (data.X, data.Y, w, number(b), number(alpha), steps)
    result: tuple[FloatArray, Float]
    result = descend_one_thread(*arguments) if data.threads == 1 else descend_all_threads(*arguments, data.threads)
    return result


IMPLEMENTATION = Implementation(technique=Technique.COMPILED, prepare=prepare, gradient=gradient, descend=descend)
