"""Measurements of the project itself: its gate, its cost models, its scaling. Not in the wheel."""
