"""Every gradient is remembered by w and b: a race that comes back to a w times a look-up."""

from __future__ import annotations

from _plain import remembered_by

IMPLEMENTATION = remembered_by(lambda w, b: (w.tobytes(), float(b)))
