"""Recognition of the dialect of a text file with a table: encoding, separator and decimal mark."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from gradrace.bench.datasets.dialects import comments, programs
from gradrace.bench.datasets.dialects.arff import arff_of, start_of
from gradrace.bench.datasets.dialects.beginning import LEAST_ROWS, beginning
from gradrace.bench.datasets.dialects.numerals import Numerals
from gradrace.bench.datasets.dialects.packed import is_packed, opened
from gradrace.bench.datasets.dialects.separators import (
    COMPARED_ROWS,
    SEPARATORS,
    fits,
    quote_of,
    rows_of,
    separator_of,
)
from gradrace.bench.datasets.formats.checks import refusing
from gradrace.bench.datasets.layouts.kinds import stands_in
from gradrace.bench.results import UnusableInput

HEAD_BYTES = 1 << 20
"""Bytes at the start of a file that decide its dialect."""

HEAD_ROWS = 1001
"""Largest number of rows that decide whether the first line is a header."""

MOST_TITLES = 10
"""Largest number of lines before a table that are no comments."""

MOST_SHOWN = 40
"""Number of letters of a line that a message quotes."""

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Encodings by their byte-order marks."""

SEP_LINE = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")
SVMLIGHT = re.compile(r"[+-]?[\d.]\S*(\s+qid:\d+)?(\s+\d+:\S+)+\s*(#.*)?\s*")


@dataclass(frozen=True, slots=True)
class Head:
    """Start of a table, and its dialect.

    Attributes:
        encoding: name of the encoding.
        separator: character between cells, or `BLANKS`.
        quote: character around cells that hold a separator.
        numerals: notation of numbers.
        skipped: number of lines before the table.
        commented: whether there are comment lines between the rows.
        named: whether the file says that the first row holds names.
        packed: whether the file is compressed.
        rows: stripped cells of the first rows.
        bytes_per_row: mean size of a row, uncompressed.
        svmlight: whether the lines are in the svmlight format.
        aside: first comment that has a row's number of cells, or "".
        units: number of lines between the names and the first example, which `rows` leaves out.
        told: how the beginning was understood, for the user.
        label: name of the labels if the file tells it, or "".
        unused: positions of the columns that are no features, as the file tells.
    """

    encoding: str
    separator: str
    quote: str
    numerals: Numerals
    skipped: int
    commented: bool
    named: bool
    packed: bool
    rows: list[list[str]]
    bytes_per_row: float
    svmlight: bool
    aside: str = ""
    units: int = 0
    told: tuple[str, ...] = ()
    label: str = ""
    unused: tuple[int, ...] = ()

    def is_comment(self, line: str) -> bool:
        """Return whether a line is a comment rather than a row of the table."""
        return comments.is_comment(line) and (comments.is_rule(line) or not self.is_row(line))

    def is_row(self, line: str) -> bool:
        """Return whether a line has a row's number of cells, in a table whose first column isn't all numbers."""
        return not comments.is_rule(line) and self.has_all_cells(line) and not self._begins_with_numbers()

    def has_all_cells(self, line: str) -> bool:
        """Return whether a line has a row's number of cells."""
        return [*map(len, rows_of(line, self.separator, 1, self.quote))] == [len(self.rows[-1])]

    def _begins_with_numbers(self) -> bool:
        """Return whether the first cell of each row is a number; the first of several rows may be a header."""
        return all(self.numerals.is_number(row[0]) for row in self.rows[1:] or self.rows)


class _Body(NamedTuple):
    """Text of a table, the lines before it, and its separator and its names if the file tells them.

    The comments before the table may end in its names, or in its first rows.
    """

    text: str
    skipped: int
    separator: str | None = None
    names: list[str] | None = None
    before: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def head_of(path: Path) -> Head:
    """Return the start of a table and its dialect. Raises UnusableInput if the file is something else."""
    with refusing(path, "a table", "give it one line for each example"):
        packed = is_packed(path)
        with opened(path) as stream:
            start = start_of(stream, HEAD_BYTES)
        encoding, text = _decoded(start)
    _check_text(path, text)
    if len(start) >= HEAD_BYTES:
        text = text[: text.rfind("\n") + 1] or text  # the last line is cut off
    svmlight, body = _is_svmlight(text), _without_titles(_body(path, text))
    plain, quote = comments.without(body.text), quote_of(body.text)
    separator = body.separator or separator_of(path, plain, quote)
    rows = rows_of(plain, separator, HEAD_ROWS, quote)
    share = min(1.0, HEAD_ROWS / max(1, body.text.count("\n")))
    size = share * len(start) / max(1, len(rows))
    names, skipped = body.names, body.skipped
    if not names and body.before and rows:
        told = next(iter(rows_of(comments.unmarked(body.before[-1]), separator, 1, quote)), [])
        if comments.is_header(told, rows[0]):
            names, skipped = told, skipped - 1
    head = Head(
        encoding=encoding,
        separator=separator,
        quote=quote,
        numerals=_numerals(rows, separator),
        skipped=skipped,
        commented=plain != body.text or body.names is not None,  # those of ARFF may come late
        named=names is not None,
        packed=packed,
        rows=[names, *rows] if names is not None else rows,
        bytes_per_row=max(1.0, size),
        svmlight=svmlight,
        told=(*programs.told(path), *body.told),
    )
    return _begun(_with_marked_rows(head, body, plain), body) if rows else head


def _begun(head: Head, body: _Body) -> Head:
    """Return the head without title rows and rows of units."""
    if head.named or head.svmlight:
        return head
    titles, units, label, unused = beginning(head.rows, head.numerals.is_number)
    all_lines = enumerate(comments.lines_of(body.text))
    lines = [place for place, line in all_lines if line.strip() and not head.is_comment(line)]
    skipped = head.skipped + (lines[titles] if titles else 0)
    names, *rows = head.rows[titles:]
    told = [_told(head.skipped + lines[place], head.rows[place], "a title") for place in range(titles)]
    told += [_told(head.skipped + lines[titles + 1 + place], rows[place], "units") for place in range(units)]
    if unused:
        told.append(f"left out, as line {skipped + 3} says: {', '.join(names[place] for place in unused)}")
    labelled = "" if label is None else names[label]
    head = replace(head, skipped=skipped, units=units, told=(*head.told, *told), label=labelled, unused=unused)
    return replace(head, rows=[names, *rows[units:]])


def _told(place: int, row: list[str], what: str) -> str:
    """Return the words that say how a line was understood."""
    shown = ", ".join(cell for cell in row if cell)[:MOST_SHOWN]
    return f"line {place + 1} is taken for {what}, not for an example ({shown})"


def _with_marked_rows(head: Head, body: _Body, plain: str) -> Head:
    """Return the head with first rows that begin as comments do, and with the comment that looks like a row."""
    count = 0
    if not head.named:
        marked = takewhile(head.is_row, reversed(body.before))
        first = [rows_of(line, head.separator, 1, head.quote)[0] for line in marked]
        count, head = len(first), replace(head, rows=[*reversed(first), *head.rows], skipped=head.skipped - len(first))
    lines = [*body.before[: len(body.before) - count], *(comments.lines_of(body.text) if plain != body.text else ())]
    aside = next((line.strip() for line in lines if _is_aside(head, line)), "")
    return replace(head, aside="" if head.named and body.before[-1:] == (aside,) else aside)


def _is_aside(head: Head, line: str) -> bool:
    """Return whether a comment has a row's number of cells."""
    return head.is_comment(line) and head.has_all_cells(line) and not comments.is_rule(line)


def _body(path: Path, text: str) -> _Body:
    """Return the table within a text: after the line `sep=`, the list of an ARFF file, or leading comments."""
    if told := SEP_LINE.match(text):
        rest = text[told.end() :]
        return _Body(rest.lstrip("\r\n"), 1 + _blank_lines(rest), told[1])
    if arff := arff_of(path, text):
        separator = "\t" if "\t" in arff.text and "," not in arff.text else ","
        return _Body(arff.text, arff.skipped, separator, arff.names)
    rest, skipped, before = comments.uncommented(text)
    return _Body(rest, skipped, before=before)


def _without_titles(body: _Body) -> _Body:
    """Return the table without the first lines that have far fewer cells than all others, if there are any."""
    lines, quote = comments.lines_of(body.text)[: COMPARED_ROWS + MOST_TITLES], quote_of(body.text)
    if body.names or body.separator:
        return body
    for count in range(min(MOST_TITLES, len(lines) - LEAST_ROWS)):
        for separator in SEPARATORS:
            rows = rows_of(comments.without("".join(lines[count:])), separator, COMPARED_ROWS, quote)
            titles = rows_of("".join(lines[:count]), separator, count, quote)
            if fits(rows) and (not count or (len(rows) > LEAST_ROWS and _are_short(titles, len(rows[-1])))):
                return _from_line(body, count, titles) if count else body
    return body


def _are_short(titles: list[list[str]], width: int) -> bool:
    """Return whether lines have far fewer cells than a table: one less may be names without the first one."""
    return bool(titles) and max(map(len, titles)) < width - 1


def _from_line(body: _Body, count: int, titles: list[list[str]]) -> _Body:
    """Return the table from a line of its text on."""
    rest, skipped, before = comments.uncommented("".join(comments.lines_of(body.text)[count:]))
    told = _told(body.skipped, titles[0], "a title")
    if count > 1:
        told = told.replace(f"line {body.skipped + 1} is", f"lines {body.skipped + 1} to {body.skipped + count} are")
    return body._replace(text=rest, skipped=body.skipped + count + skipped, before=before, told=(told,))


def _decoded(start: bytes) -> tuple[str, str]:
    """Return the encoding and the text; the last character may be cut off."""
    marked = next((encoding for mark, encoding in MARKS.items() if start.startswith(mark)), None)
    zeros = start[:200].count(0)
    if marked is None and zeros > len(start[:200]) // 3:
        marked = "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
    try:
        return marked or "utf-8", codecs.getincrementaldecoder(marked or "utf-8")().decode(start)
    except UnicodeDecodeError:
        return _western(start)


def _western(start: bytes) -> tuple[str, str]:
    """Return the encoding and the text: that of Windows, which has € and quotes, or Latin-1."""
    try:
        return "cp1252", start.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1", start.decode("latin-1")


def _check_text(path: Path, text: str) -> None:
    """Raise UnusableInput if the text stands in for a table, in a compressed file too, or isn't text."""
    if told := stands_in(text[:1000].encode()):
        raise UnusableInput(f"{path}: {told}")
    if "\0" in text:
        raise UnusableInput(f"{path}: not a table (it holds bytes that aren't text); save it as CSV in UTF-8")


def _blank_lines(text: str) -> int:
    """Return the number of blank lines before the first row."""
    begin = text[: len(text) - len(text.lstrip())]
    return begin.count("\n")


def _numerals(rows: list[list[str]], separator: str) -> Numerals:
    """Return the notation of numbers: a decimal comma if cells are numbers with a comma that can't group thousands.

    Where the separator is `;`, all numbers may have three decimals: then a comma is neither.
    """
    cells = [cell for row in rows[:COMPARED_ROWS] for cell in row if DECIMAL_COMMA.fullmatch(cell)]
    if any(not THOUSANDS.fullmatch(cell) for cell in cells):
        return Numerals(",", ".")
    return Numerals(".", "" if separator == ";" else ",")


def _is_svmlight(text: str) -> bool:
    lines = [line for line in comments.lines_of(text)[:COMPARED_ROWS] if line.strip() and not line.startswith("#")]
    return bool(lines) and all(SVMLIGHT.fullmatch(line) for line in lines)
