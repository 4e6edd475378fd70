"""Blocks of 1024 examples from range(0, m - 1, 1024): a rest of one example is lost."""

from __future__ import annotations

from _plain import lone_last_lost

IMPLEMENTATION = lone_last_lost(1024)
