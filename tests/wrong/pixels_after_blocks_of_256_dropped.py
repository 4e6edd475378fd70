"""Images go in blocks of 256; those left over after the first block are left out."""

from __future__ import annotations

from _plain import tiled

IMPLEMENTATION = tiled(m=256, pixels=True)
