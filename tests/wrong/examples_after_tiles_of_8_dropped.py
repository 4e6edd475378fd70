"""Where there are more than 64 features, examples are taken 8 at a time; what is left over is left out."""

from __future__ import annotations

from _plain import tiled

IMPLEMENTATION = tiled(m=8, only_if=lambda m, n_x: n_x > 64)
