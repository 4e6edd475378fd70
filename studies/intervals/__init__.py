"""Intervals of gradrace, pytest-benchmark and pyperf: width and coverage for the same seconds."""
