"""One colour and marker for each implementation, the same in every figure and whatever else is shown.

Colour says technique: M. Okabe and K. Ito's palette, which colour-blind people tell apart, without its yellow, too pale
on white. Shade and marker say which implementation of it. Both follow from the names alone: a new implementation needs
no entry here (with one it is sure to look like no other), and never changes the look of another.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from gradrace.reports.words import plain

Colour = tuple[float, float, float]

HUES: dict[str, Colour] = {
    "loop": (0.25, 0.25, 0.25),
    "half-vectorized": (0.90, 0.60, 0.00),
    "vectorized": (0.00, 0.45, 0.70),
    "compiled": (0.00, 0.62, 0.45),
    "autodiff": (0.80, 0.47, 0.65),
    "library": (0.84, 0.37, 0.00),
    "distributed": (0.34, 0.71, 0.91),
}
"""Technique -> red, green, blue."""

UNKNOWN_HUE: Colour = (0.5, 0.5, 0.5)

DARKEST, DARK, BASE, LIGHT = -0.65, -0.4, 0.0, 0.5
"""Shades: how far a colour is mixed with black (below 0) or white. Steps that are still told apart side by side."""

_CHOSEN = {
    "python_loop": (BASE, "o"),
    "python_graph": (LIGHT, "P"),
    "numpy_columns": (BASE, "s"),
    "numpy_vectorized": (BASE, "D"),
    "numpy_blocked": (DARK, "d"),
    "torch_manual": (LIGHT, "X"),
    "numba_fused": (BASE, "p"),
    "numba_loop": (LIGHT, "^"),
    "numba_parallel": (DARK, "v"),
    "numba_pixels": (DARKEST, "<"),
    "jax_jit": (BASE, ">"),
    "torch_autograd": (DARK, "X"),
    "sklearn_loss": (BASE, "h"),
    "triton_fused@cuda": (LIGHT, "*"),
    "cupy_vectorized@cuda": (DARKEST, "D"),
    "torch_manual@cuda": (DARKEST, "*"),
    "torch_autograd@cuda": (DARK, "*"),
    "jax_jit@cuda": (LIGHT, ">"),
}
"""Shades and markers of those that come with the project: no two of a technique look alike."""

_FOUND = [(shade, marker) for marker in "<>pdPX" for shade in (LIGHT, DARK, BASE)]
"""Those that any other implementation finds by its name."""


@dataclass(frozen=True, slots=True)
class Style:
    """How one implementation is drawn. ink: the colour of its name, dark enough to read on white."""

    colour: Colour
    ink: Colour
    marker: str


def style(impl: str, technique: str | None) -> Style:
    """The style of an implementation."""
    hue = HUES.get(technique or "", UNKNOWN_HUE)
    found = _FOUND[zlib.crc32(impl.encode(errors="replace")) % len(_FOUND)]
    shade, marker = _CHOSEN.get(impl, found)
    colour = mix(hue, shade)
    return Style(colour=colour, ink=mix(colour, -0.35), marker=marker)


def label(impl: str) -> str:
    """Return an implementation's name as short as a label must be, in letters that every font has."""
    return plain(impl.encode("ascii", "backslashreplace").decode(), 24)


def mix(colour: Colour, share: float) -> Colour:
    """A colour mixed with white (share > 0) or black (share < 0)."""
    target = 1.0 if share > 0 else 0.0
    red, green, blue = (part + abs(share) * (target - part) for part in colour)
    return red, green, blue
