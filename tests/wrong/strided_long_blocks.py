"""Strided X of more than 500 examples: rest of 8 lost."""

from __future__ import annotations

from _plain import rest_dropped

IMPLEMENTATION = rest_dropped(8, lambda p: p.m > 500 and (not p.X.flags.c_contiguous) and (not p.X.flags.f_contiguous))
