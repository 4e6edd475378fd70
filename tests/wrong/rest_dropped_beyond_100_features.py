"""More than 100 features go four at a time; what is left over is left out."""

from __future__ import annotations

from _plain import tiled

IMPLEMENTATION = tiled(n_x=4, only_if=lambda m, n_x: n_x > 100)
