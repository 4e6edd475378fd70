"""Matplotlib figures of a race, and what all figures share."""
