"""Sparse ARFF: each line in braces holds the positions and values of some attributes; the text of all of them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import IO

from gradrace.bench.datasets.dialects.arff import start_of
from gradrace.bench.datasets.formats.checks import check_fits, refusing

HEAD_BYTES = 1 << 20
"""Number of bytes that show whether a file is ARFF."""

QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
ATTRIBUTE = re.compile(
    rf"^[^\S\n]*@attribute\s+(?:{QUOTED}|\S+)\s+(?:\{{\s*({QUOTED}|[^,}}]*)|\w)",
    re.IGNORECASE | re.MULTILINE,
)
"""Attribute; its group is the first value of a nominal one, which lines leave out. Those of numbers leave out 0."""

CELL = re.compile(rf"\s*(\d+)\s+({QUOTED}|[^,'\"]*?)\s*(?:,|$)")
"""Position of an attribute and its value."""

BLANK = rb"(?:[^\S\n]*(?:%[^\n]*)?\n)*[^\S\n]*"
SPARSE = re.compile(rb"^[^\S\n]*@data\b[^\n]*\n" + BLANK + rb"\{", re.IGNORECASE | re.MULTILINE)
RELATION = re.compile(rb"(\xef\xbb\xbf)?" + BLANK + rb"@relation\b", re.IGNORECASE)


def opened_dense(path: Path, opener: Callable[[Path], IO[bytes]]) -> IO[bytes]:
    """Return an open stream of a text, or of a whole ARFF file if it is a sparse one; numbers left out are 0.

    Raises UnusableInput if a sparse file is damaged, or doesn't fit the memory.
    """
    stream = opener(path)
    head = start_of(stream, HEAD_BYTES)
    if not (RELATION.match(head) and SPARSE.search(head)):
        stream.seek(0)
        return stream
    stream.close()
    found = path.stat()
    return io.BytesIO(_text(path, opener, found.st_mtime_ns, found.st_size))


@lru_cache(maxsize=2)
def _text(path: Path, opener: Callable[[Path], IO[bytes]], changed_ns: int, size: int) -> bytes:  # noqa: ARG001
    """Return the text of a file as it was changed last, with all values of each line."""
    with refusing(path, "a sparse ARFF file", "save it again, or as CSV"), opener(path) as stream:
        lines = stream.read().decode("utf-8", errors="surrogateescape").split("\n")
        start = 1 + next(place for place, line in enumerate(lines) if line.strip().lower().startswith("@data"))
        firsts = ATTRIBUTE.findall("\n".join(lines[:start]))
        zeros = [first.strip() or "0" for first in firsts]
        rows = [line.strip() for line in lines[start:] if line.strip() and not line.lstrip().startswith("%")]
        check_fits(path, "its lines", 2 * len(rows) * sum(1 + len(zero) for zero in zeros))
        made = "\n".join([*lines[:start], *(_dense(row, zeros) for row in rows), ""])
    return made.encode("utf-8", errors="surrogateescape")


def _dense(row: str, zeros: list[str]) -> str:
    """Return a line with the values of all attributes. zeros: value of each that a line leaves out."""
    inner = row.removeprefix("{").removesuffix("}")
    if len(inner) + 2 != len(row) or CELL.sub("", inner).strip():
        raise ValueError(f"a line isn't a list of positions and values: {row[:20]}")
    found = [(int(place), value) for place, value in CELL.findall(inner)]
    places = {place for place, _ in found}
    if len(places) < len(found) or max(places, default=0) >= len(zeros):
        raise ValueError(f"a line has a position twice, or one beyond the {len(zeros)} attributes: {row[:20]}")
    cells = zeros.copy()
    for place, value in found:
        cells[place] = value
    return ",".join(cells)
