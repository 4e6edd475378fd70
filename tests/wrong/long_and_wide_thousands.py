"""Beyond 2000 examples of 60 features, thousands are taken at a time, and the rest is dropped."""

from __future__ import annotations

from _plain import rest_dropped

IMPLEMENTATION = rest_dropped(1000, lambda problem: problem.m > 2000 and problem.n_x > 60)
