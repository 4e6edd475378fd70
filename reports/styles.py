"""One colour and marker for each implementation, the same in every figure and whatever else is shown.

Colour says technique: M. Okabe and K. Ito's palette, which colour-blind people tell apart, without its yellow, too pale
on white. Shade and marker say which implementation of it. Both follow from the names alone: a new implementation needs
no entry here, and never changes the look of another.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

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

BASE, DARK, LIGHT = 0.0, -0.4, 0.3
"""Shades: how far a colour is mixed with black (below 0) or white."""

_CHOSEN = {
    "python_loop": (BASE, "o"),
    "numpy_columns": (BASE, "s"),
    "numpy_vectorized": (BASE, "D"),
    "numba_loop": (BASE, "^"),
    "numba_parallel": (DARK, "v"),
}
"""Shades and markers of those that are in nearly every figure."""

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


def mix(colour: Colour, share: float) -> Colour:
    """A colour mixed with white (share > 0) or black (share < 0)."""
    target = 1.0 if share > 0 else 0.0
    red, green, blue = (part + abs(share) * (target - part) for part in colour)
    return red, green, blue
