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

_SHADES = (0.0, -0.4, 0.3)
"""How far a colour is mixed with black (below 0) or white."""

_MARKERS = "osD^v<>p"

_CHOSEN = {"python_loop": 0, "numpy_columns": 3, "numpy_vectorized": 6, "numba_loop": 9, "numba_parallel": 13}
"""Places for those that are in nearly every figure; any other finds one by its name."""


@dataclass(frozen=True, slots=True)
class Style:
    """How one implementation is drawn. ink: the colour of its name, dark enough to read on white."""

    colour: Colour
    ink: Colour
    marker: str


def style(impl: str, technique: str | None) -> Style:
    """The style of an implementation."""
    place = _CHOSEN.get(impl, zlib.crc32(impl.encode(errors="replace")))
    hue = HUES.get(technique or "", UNKNOWN_HUE)
    colour = mix(hue, _SHADES[place % len(_SHADES)])
    return Style(colour=colour, ink=mix(colour, -0.35), marker=_MARKERS[place // len(_SHADES) % len(_MARKERS)])


def mix(colour: Colour, share: float) -> Colour:
    """A colour mixed with white (share > 0) or black (share < 0)."""
    target = 1.0 if share > 0 else 0.0
    red, green, blue = (part + abs(share) * (target - part) for part in colour)
    return red, green, blue
