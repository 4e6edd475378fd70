"""Matplotlib figures of a race, and the parts shared by all figures."""
