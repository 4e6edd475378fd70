"""Hypothesis for all tests: no deadline, because no test may depend on how fast the machine is."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("gradrace", deadline=None, max_examples=20)
settings.load_profile("gradrace")
