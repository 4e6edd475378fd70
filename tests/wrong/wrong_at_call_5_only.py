"""The fifth call is wrong, all others are right."""

from __future__ import annotations

from _plain import spoiled

IMPLEMENTATION = spoiled(lambda call: call == 5)
