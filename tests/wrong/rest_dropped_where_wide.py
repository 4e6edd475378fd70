"""Where features outnumber examples, examples go in pairs; one that is left over is left out."""

from __future__ import annotations

from _plain import tiled

IMPLEMENTATION = tiled(m=2, only_if=lambda m, n_x: 64 < n_x < 4096 and n_x > m)
