"""The fourth call is wrong, all others are right: a change of code paths."""

from __future__ import annotations

from _plain import spoiled

IMPLEMENTATION = spoiled(lambda call: call == 4)
