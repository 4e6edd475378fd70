"""Every tenth call is wrong."""

from __future__ import annotations

from _plain import spoiled

IMPLEMENTATION = spoiled(lambda call: call % 10 == 0)
