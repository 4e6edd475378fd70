"""From the tenth call on, the gradient is a thousandth too large."""

from __future__ import annotations

from _plain import spoiled

IMPLEMENTATION = spoiled(lambda call: call >= 10)
