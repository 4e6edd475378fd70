"""Gradients are remembered by the number of weights: the first one is returned for good."""

from __future__ import annotations

from _plain import remembered_by

IMPLEMENTATION = remembered_by(lambda w, b: len(w))
