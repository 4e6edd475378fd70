"""Blocked where m and n_x exceed 200; rest lost."""

from __future__ import annotations

from _plain import rest_dropped

IMPLEMENTATION = rest_dropped(64, lambda p: p.m > 200 and 200 < p.n_x and (p.m * p.n_x < 2000000.0))
