"""Where n_x is a multiple of 16, 256 examples are taken at a time, and the rest is dropped."""

from __future__ import annotations

from _plain import rest_dropped

IMPLEMENTATION = rest_dropped(256, lambda problem: problem.n_x % 16 == 0)
