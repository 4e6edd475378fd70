"""Chunks of 65536 where m > 250000; the rest lost."""

from __future__ import annotations

from _plain import rest_dropped

IMPLEMENTATION = rest_dropped(65536, lambda p: p.m > 250000)
