"""More than 1000 examples of more than 64 features go 16 by 16; what is left over is left out."""

from __future__ import annotations

from _plain import tiled

IMPLEMENTATION = tiled(n_x=16, m=16, only_if=lambda m, n_x: m > 1000 and n_x > 64)
