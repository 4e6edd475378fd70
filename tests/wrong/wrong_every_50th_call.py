"""Every fiftieth call is wrong, as a rare race between threads."""

from __future__ import annotations

from _plain import spoiled

IMPLEMENTATION = spoiled(lambda call: call % 50 == 0)
