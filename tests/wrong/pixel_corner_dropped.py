"""Pixels go in tiles of 32 features by 64 images: what lies in both rests is left out."""

from __future__ import annotations

from _plain import tiled

IMPLEMENTATION = tiled(n_x=32, m=64, pixels=True, corner=True)
