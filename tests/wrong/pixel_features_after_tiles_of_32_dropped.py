"""Pixels of an image go 32 at a time; those left over after the first 32 are left out."""

from __future__ import annotations

from _plain import tiled

IMPLEMENTATION = tiled(n_x=32, pixels=True)
