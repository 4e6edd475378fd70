"""Tiles of 32 features by 256 examples: what lies in both rests is left out."""

from __future__ import annotations

from _plain import tiled

IMPLEMENTATION = tiled(n_x=32, m=256, corner=True)
