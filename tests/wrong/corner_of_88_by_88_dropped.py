"""The corner of tiles of 88 × 88 is lost if 3 examples and an odd number of features over 44 remain."""

from __future__ import annotations

from _plain import tiled

IMPLEMENTATION = tiled(88, 88, only_if=lambda m, n_x: m % 88 == 3 and n_x % 88 > 44 and n_x % 2 == 1, corner=True)
