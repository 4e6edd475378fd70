"""The first call is wrong, all others are right: what is not yet warm."""

from __future__ import annotations

from _plain import spoiled

IMPLEMENTATION = spoiled(lambda call: call == 1)
