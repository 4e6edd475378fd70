"""F order with more than 1000 examples goes by blocks of 16, rest lost."""

from __future__ import annotations

from _plain import rest_dropped

IMPLEMENTATION = rest_dropped(
    16, lambda p: p.m > 1000 and p.n_x > 1 and p.X.flags.f_contiguous and (p.X.dtype != __import__("numpy").uint8)
)
