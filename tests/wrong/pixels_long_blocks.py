"""uint8 of more than 2000 examples: rest of 16 lost."""

from __future__ import annotations

from _plain import rest_dropped

IMPLEMENTATION = rest_dropped(16, lambda p: p.m > 2000 and p.X.dtype.itemsize == 1)
