"""dw is an array of Python's numbers."""

from __future__ import annotations

from _plain import returned

IMPLEMENTATION = returned(lambda J, dw, db: (J, dw.astype(object), db))
