"""2-D blocking beyond 512 in both; rest of examples lost."""

from __future__ import annotations

from _plain import rest_dropped

IMPLEMENTATION = rest_dropped(128, lambda p: p.m >= 512 and p.n_x >= 512)
