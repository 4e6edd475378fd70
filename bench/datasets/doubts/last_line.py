"""The last line of a text table: a total of all lines above it is no example."""

from __future__ import annotations

import re
from pathlib import Path

from gradrace.bench.datasets.dialects.dialect import HEAD_BYTES, Head
from gradrace.bench.datasets.dialects.packed import opened
from gradrace.bench.datasets.dialects.separators import rows_of
from gradrace.bench.datasets.doubts.remedies import deleting
from gradrace.bench.results import UnusableInput

TAIL_BYTES = 1 << 16
"""Bytes at the end of a file in which its last line is looked for."""

TOTAL = re.compile(r"((grand|sub)[ -]?)?totals?:?|(sum|average|mean):?", re.IGNORECASE)
"""Cells of a line that sums up the lines above it."""


def check_last_line(path: Path, head: Head) -> None:
    """Raise UnusableInput if the last line of a table is called a total, and no line near it or at the start is."""
    text = _tail(path, head.packed).decode(head.encoding, errors="replace")
    if not TOTAL.search(text.rstrip().rpartition("\n")[2]):
        return
    *others, last = [*head.rows[:-1], *rows_of(text, head.separator, TAIL_BYTES, head.quote)] or [[]]
    for place, cell in enumerate(last):
        before = {row[place] for row in others if place < len(row)}
        if TOTAL.fullmatch(cell) and cell not in before:
            number = _lines(path)
            raise UnusableInput(
                f"{path}: its last line is no example but a total ({cell!r}); {deleting(path, head, number)}"
            )


def _tail(path: Path, packed: bool) -> bytes:
    """Return the end of a file; of a long compressed one nothing, as it would have to be read as a whole."""
    with opened(path) as stream:
        if not packed:
            stream.seek(max(0, path.stat().st_size - TAIL_BYTES))
            return stream.read()
        whole = stream.read(HEAD_BYTES + 1)
        return whole if len(whole) <= HEAD_BYTES else b""


def _lines(path: Path) -> int:
    """Return the number of the last line that isn't blank."""
    with opened(path) as stream:
        return stream.read().rstrip().count(b"\n") + 1
