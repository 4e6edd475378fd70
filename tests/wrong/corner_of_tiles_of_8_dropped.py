"""Tiles of 8 features by 8 examples, beyond 64 features: what lies in both rests is left out."""

from __future__ import annotations

from _plain import tiled

IMPLEMENTATION = tiled(n_x=8, m=8, corner=True, only_if=lambda m, n_x: n_x > 64)
