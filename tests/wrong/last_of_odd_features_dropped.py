"""Features go in pairs; the last of an odd number beyond 64 is left out."""

from __future__ import annotations

from _plain import tiled

IMPLEMENTATION = tiled(n_x=2, only_if=lambda m, n_x: n_x > 64)
