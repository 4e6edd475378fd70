"""X kept as pixels of one byte, an eighth of float64's memory, if it is made of pixels; floats unchanged, in rows."""

from __future__ import annotations

from gradrace.impls._simd.descents import descend
from gradrace.impls._simd.pixels import gradient, prepare
from gradrace.impls.interface import Implementation, Technique

IMPLEMENTATION = Implementation(
    technique=Technique.COMPILED, prepare=prepare, gradient=gradient, descend=descend, for_pixels=True
)
