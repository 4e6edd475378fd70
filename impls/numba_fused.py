"""One pass over X: each block of examples is read once, and its second product computed while it is in the cache."""

from __future__ import annotations

from gradrace.impls._simd import descents
from gradrace.impls._simd.fused import Laid, gradient, prepare
from gradrace.impls._simd.gram import descend_among_examples, pays
from gradrace.impls.interface import Float, FloatArray, Implementation, Technique


def descend(data: Laid, w: FloatArray, b: Float, alpha: float, steps: int) -> tuple[FloatArray, Float]:
    """Return w (n_x,) and b after `steps` steps w := w − α dw, b := b − α db, made within compiled code."""
    if data.X.ndim == 2 and pays(data.X, steps):
        number, rows = w.dtype.type, data.X[:, : len(w)]  # without the padding
        return descend_among_examples(rows, data.Y, data.products, w, number(b), number(alpha), steps)
    return descents.descend(data, w, b, alpha, steps)


IMPLEMENTATION = Implementation(technique=Technique.COMPILED, prepare=prepare, gradient=gradient, descend=descend)
