"""Gradients are remembered by b and the sum of w, which w in another order has as well."""

from __future__ import annotations

import math

from _plain import remembered_by

IMPLEMENTATION = remembered_by(lambda w, b: (math.fsum(w), float(b)))
