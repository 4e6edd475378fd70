"""Colours and markers of implementations, the same in all figures and on the page.

Colour shows the technique, in the palette of M. Okabe and K. Ito, which colour-blind people can distinguish. Its yellow
is left out, as it is too pale on white. Shade and marker show the implementation. Both follow from the name alone, so a
new implementation needs no entry here and never changes the look of another. An entry guarantees that it looks like no
other.
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
"""Red, green and blue of each technique, from 0 to 1."""

UNKNOWN_HUE: Colour = (0.5, 0.5, 0.5)

DARKEST, DARK, BASE, LIGHT = -0.65, -0.4, 0.0, 0.5
"""Shares of black (below 0) or white (above 0) that are mixed into a colour, in steps that are distinguishable."""

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
"""Shades and markers of the implementations in this project; no two of a technique look alike."""

_FOUND = [(shade, marker) for marker in "<>pdPX" for shade in (LIGHT, DARK, BASE)]
"""Shades and markers for all other implementations, chosen by a hash of the name."""


@dataclass(frozen=True, slots=True)
class Style:
    """Look of one implementation; `ink` is the colour of its name, dark enough to read on white."""

    colour: Colour
    ink: Colour
    marker: str


def style(impl: str, technique: str | None) -> Style:
    """Return the style of an implementation."""
    hue = HUES.get(technique or "", UNKNOWN_HUE)
    found = _FOUND[zlib.crc32(impl.encode(errors="replace")) % len(_FOUND)]
    shade, marker = _CHOSEN.get(impl, found)
    colour = mix(hue, shade)
    return Style(colour=colour, ink=mix(colour, -0.35), marker=marker)


def label(impl: str) -> str:
    """Return an implementation's name shortened for labels, in letters that every font has."""
    return plain(impl.encode("ascii", "backslashreplace").decode(), 24)


def mix(colour: Colour, share: float) -> Colour:
    """Return a colour mixed with white (share > 0) or black (share < 0)."""
    target = 1.0 if share > 0 else 0.0
    red, green, blue = (part + abs(share) * (target - part) for part in colour)
    return red, green, blue
