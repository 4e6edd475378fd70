"""Fast search of a text table for its faults, so that one near its end is refused without all numbers being read.

Most lines of a table of numbers have the same shape: what is left of a line without the characters of numbers. Only the
first line of each shape and of each label is parsed. That takes a quarter of the time of a whole reading.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from gradrace.bench.datasets.dialects.dialect import Head
from gradrace.bench.datasets.dialects.header import MISSING
from gradrace.bench.datasets.dialects.packed import opened
from gradrace.bench.datasets.dialects.separators import BLANKS, rows_of
from gradrace.bench.datasets.doubts.remedies import by_width, deleting
from gradrace.bench.datasets.tables.text_layout import Layout
from gradrace.bench.results import UnusableInput

BLOCK_BYTES = 1 << 20
"""Bytes that are looked at at once."""

MOST_SHAPES, MOST_LABELS, MOST_EMPTY = 300, 50, 3
"""Numbers of shapes and of labels from which on the search ends, and of lines with empty cells that a block adds."""

ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "latin-1")
"""Encodings in which separators and digits are the bytes of ASCII."""

NUMERIC = b"0123456789.+-eE \r"
"""Characters that most numbers consist of."""

WORDS = frozenset(["true", "false", "inf", "infinity"])
"""Cells in lower case that pandas reads as numbers, without signs."""


@dataclass
class Suspects:
    """Lines of a table in which a fault would be, and what they hold.

    Attributes:
        lines: lines by their numbers, which count from 1.
        shapes: shapes of lines that were seen.
        labels: cells of labels that were seen, as written.
        whole: whether all lines were looked at.
    """

    lines: dict[int, bytes] = field(default_factory=dict)
    shapes: set[bytes] = field(default_factory=set)
    labels: set[bytes] = field(default_factory=set)
    whole: bool = False


class Scanned(NamedTuple):
    """Faults that a search found.

    Attributes:
        text: first value that isn't a number, for each feature that has one.
        missing: features in which a number is missing.
        classes: classes in the order of appearance.
        whole: whether these are all classes.
    """

    text: dict[str, str]
    missing: list[str]
    classes: list[str]
    whole: bool


def scanned(path: Path, head: Head, layout: Layout) -> Scanned:
    """Return the faults of a table, as far as single lines show them.

    Raises UnusableInput if a line lacks cells that are needed, or has more cells than all others.
    """
    nothing = Scanned({}, [], [], whole=False)
    if head.encoding not in ENCODINGS:
        return nothing
    suspects, quote = Suspects(), head.quote.encode()
    with suppress(OSError, EOFError, ValueError), opened(path) as stream:  # damaged: the reader says how
        _search(stream, head, layout, suspects)
    if any(line.count(quote) % 2 or b"\r" in line[:-1] for line in [*suspects.shapes, *suspects.lines.values()]):
        return nothing  # a cell in quotes may have several lines, and other ends of lines may be mixed in
    text, missing, classes = dict[str, str](), dict[str, None](), dict[str, None]()
    try:
        rows = [*_rows(head, suspects)]
    except (UnicodeDecodeError, csv.Error):
        return nothing  # the encoding is another one, or pandas says what is wrong
    most = max(len(layout.names), *map(len, head.rows))
    for number, cells in rows:
        _check_width(path, head, layout, number, cells, most)
        classes.update({} if layout.label is None else {cells[layout.label]: None})
        for place in layout.features:
            name, cell = layout.names[place], cells[place]
            if cell in MISSING:
                missing[name] = None
            elif not head.numerals.is_number(cell) and cell.lower().strip("+-") not in WORDS:
                text.setdefault(name, cell)
    whole = suspects.whole and bool(classes) and not any(quote in shape for shape in suspects.shapes)
    return Scanned(text, [*missing], [name for name in classes if name], whole and "" not in classes)


def _rows(head: Head, suspects: Suspects) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells of each suspect that is a row of the table.

    Raises UnicodeDecodeError and csv.Error.
    """
    for number, line in sorted(suspects.lines.items()):
        decoded = line.decode(head.encoding).rstrip("\r")
        if not (head.commented and head.is_comment(decoded)):
            yield from ((number, cells) for cells in rows_of(decoded, head.separator, 1, head.quote))


def _check_width(path: Path, head: Head, layout: Layout, number: int, cells: list[str], most: int) -> None:
    """Raise UnusableInput if a line has too few cells, or more than `most`, or more than names that aren't empty."""
    width = len(layout.names)
    needed = max([*layout.features, -1 if layout.label is None else layout.label]) + 1
    if len(cells) < needed or len(cells) > most or any(cells[width:]):
        told = f"line {number} has {len(cells)} cells, not {width}"
        raise UnusableInput(
            f"{path}: not a table: {told}; correct it, or {deleting(path, head, number)}{by_width(path, head)}"
        )


def _search(stream: IO[bytes], head: Head, layout: Layout, suspects: Suspects) -> None:
    """Add the first line of each shape and of each label to the suspects, and some lines with empty cells."""
    separator = None if head.separator == BLANKS else head.separator.encode()
    is_trailing = any(len(row) > len(layout.names) for row in head.rows)
    number = head.skipped + (1 + head.units if layout.header else 0) + 1
    for _ in range(number - 1):
        stream.readline()
    has_labels, is_last = layout.label is not None, layout.label == len(layout.names) - 1
    for block in _blocks(stream):
        shapes = block.translate(None, NUMERIC).split(b"\n")[:-1]
        found = _firsts(shapes, suspects.shapes, MOST_SHAPES)
        found += [] if separator is None else _empty(block, separator, at_end=not is_trailing)
        if has_labels and not (is_last and separator and _end_in(block, separator, suspects.labels)):
            cells = _cells(block.split(b"\n")[:-1], separator, layout.label or 0, len(layout.names))
            found += _firsts(cells, suspects.labels, MOST_LABELS)
        if found:
            lines = block.split(b"\n")
            suspects.lines.update((number + place, lines[place]) for place in found)
        number += len(shapes)
        if len(suspects.shapes) > MOST_SHAPES:
            return
        has_labels = has_labels and len(suspects.labels) <= MOST_LABELS
    suspects.whole = has_labels


def _firsts(cells: list[bytes], known: set[bytes], most: int) -> list[int]:
    """Add all cells to those that are known; return the first position of each new one, at most `most`."""
    if known.issuperset(cells):
        return []
    firsts = dict(zip(reversed(cells), range(len(cells) - 1, -1, -1), strict=True))  # list.index takes m² steps
    found = sorted(firsts[cell] for cell in firsts.keys() - known)
    known.update(firsts)
    return found[:most]


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the stream in blocks of whole lines, each with its end. Raises ValueError if a line is very long."""
    rest = b""
    while block := stream.read(BLOCK_BYTES):
        whole, end, rest_of = (rest + block).rpartition(b"\n")
        if len(rest_of) > 8 * BLOCK_BYTES:
            raise ValueError("no end of a line")
        rest = rest_of
        if end:
            yield whole + end
    if rest:
        yield rest + b"\n"


def _empty(block: bytes, separator: bytes, *, at_end: bool) -> list[int]:
    """Return the positions of some lines of a block with an empty cell. at_end: whether the last cell counts."""
    letters = np.frombuffer(b"\n" + block, np.uint8)
    apart, feeds = letters == separator[0], letters == ord("\n")
    ends = apart | feeds | (letters == ord("\r")) if at_end else apart
    places = np.flatnonzero((apart | feeds)[:-1] & ends[1:])[:MOST_EMPTY]
    return [block.count(b"\n", 0, place) for place in places]


def _end_in(block: bytes, separator: bytes, labels: set[bytes]) -> bool:
    """Return whether all lines of a block end in labels of one letter that are known."""
    letters = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    if ends[0] < 2 or not (letters[ends - 2] == separator[0]).all():
        return False
    return {bytes([letter]) for letter in np.unique(letters[ends - 1])} <= labels


def _cells(lines: list[bytes], separator: bytes | None, place: int, width: int) -> list[bytes]:
    """Return the cell at this position of each line, b"" where a line has fewer."""
    if separator and place == width - 1:
        return [line[line.rfind(separator) + 1 :] for line in lines]
    if place == width - 1:
        return [line.rsplit(None, 1)[-1] if line.strip() else b"" for line in lines]
    split = [line.split(separator, place + 1) for line in lines]
    return [cells[place] if place < len(cells) else b"" for cells in split]
