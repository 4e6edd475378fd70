"""From 131,072 examples on, 65,536 are taken at a time, and the rest is dropped."""

from __future__ import annotations

from _plain import rest_dropped

IMPLEMENTATION = rest_dropped(65_536, lambda problem: problem.m >= 131_072)
