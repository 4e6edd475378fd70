"""Calls 8, 16, 32 … are wrong: a counter that is reset."""

from __future__ import annotations

from _plain import spoiled

IMPLEMENTATION = spoiled(lambda call: call >= 8 and call & (call - 1) == 0)
