"""Measurements of the project itself: its gate, its cost models, its scaling. They aren't in the wheel."""
