"""X kept as pixels, a byte each, where it is made of them: an eighth of the memory. Floats as they are, in rows."""

from __future__ import annotations

from gradrace.impls._simd.fused import descend
from gradrace.impls._simd.pixels import gradient, prepare
from gradrace.impls.interface import Implementation, Technique

IMPLEMENTATION = Implementation(
    technique=Technique.COMPILED, prepare=prepare, gradient=gradient, descend=descend, for_pixels=True
)
