"""Notation of numbers: the decimal mark, and the mark between thousands."""

from __future__ import annotations

import re
from typing import NamedTuple

NUMBER = re.compile(r"[+-]?(\d+([.]\d*)?|[.]\d+)([eE][+-]?\d+)?")


class Numerals(NamedTuple):
    """Marks in the numbers of a table.

    Attributes:
        decimal: "." or ",".
        thousands: "," or ".", or "" where a comma could be either.
    """

    decimal: str = "."
    thousands: str = ""

    def plain(self, cell: str) -> str | None:
        """Return a number as Python writes it, or None if the cell holds none."""
        if self.thousands and self.thousands in cell:
            whole, mark, rest = cell.partition(self.decimal)
            if not re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}(\{self.thousands}\d{{3}})+", whole):
                return None
            cell = whole.replace(self.thousands, "") + mark + rest
        cell = cell.replace(self.decimal, ".") if self.decimal != "." else cell
        return cell if NUMBER.fullmatch(cell) else None

    def is_number(self, cell: str) -> bool:
        """Return whether a cell holds a finite number."""
        return self.plain(cell) is not None


PLAIN = Numerals()
"""Notation of numbers as programs write them."""
