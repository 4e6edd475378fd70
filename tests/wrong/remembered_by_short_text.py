"""Gradients are remembered by w and b as NumPy prints them: eight digits, and an ellipsis."""

from __future__ import annotations

from _plain import remembered_by

IMPLEMENTATION = remembered_by(lambda w, b: (str(w), str(b)))
