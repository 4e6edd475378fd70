"""Comment lines of a text table, before it and within it, and a header that is written as a comment."""

from __future__ import annotations

import io
import re
from itertools import takewhile
from typing import NamedTuple

MARKS = ("#", "%", "//")
"""Beginnings of comment lines."""

ERROR = re.compile(r"#(N/?A|DIV/0!|VALUE!|REF!|NAME\?|NUM!|NULL!)", re.IGNORECASE)
"""Beginning of a line whose first cell is the error of a spreadsheet."""

RULE = re.compile(r"[\s|+:=-]*(---|===)[\s|+:=-]*")
"""Line that is drawn between rows, as in Markdown."""

NUMERIC = re.compile(r"[+-]?[.]?\d")


class Uncommented(NamedTuple):
    """Text of a table without the comment lines before it.

    Attributes:
        text: text from the first line of the table on.
        skipped: number of lines before it.
        before: the lines before it.
    """

    text: str
    skipped: int
    before: tuple[str, ...]


def uncommented(text: str) -> Uncommented:
    """Return the text without its leading comment lines and blank lines."""
    lines = lines_of(text)
    before = (*takewhile(lambda line: not line.strip() or is_comment(line), lines),)
    if len(before) == len(lines):
        return Uncommented(text, 0, ())
    return Uncommented("".join(lines[len(before) :]), len(before), before)


def unmarked(line: str) -> str:
    """Return the text of a comment without its mark."""
    return line.strip().lstrip("#%/").strip()


def lines_of(text: str) -> list[str]:
    """Return the lines with their ends as reading a file splits them: not at form feeds, as `splitlines` does."""
    return io.StringIO(text, newline=None).readlines()


def is_comment(line: str) -> bool:
    """Return whether a line begins as a comment does, or is a drawn one."""
    return (line.startswith(MARKS) and not ERROR.match(line)) or is_rule(line)


def is_rule(line: str) -> bool:
    """Return whether a line is drawn between rows."""
    return line[:1] in "|+:=- " and RULE.fullmatch(line) is not None


def without(text: str) -> str:
    """Return the text without lines that begin as comments do, if these are the minority."""
    lines = lines_of(text)
    kept = [line for line in lines if not is_comment(line)]
    return "".join(kept) if 2 * len(kept) > len(lines) else text


def is_header(cells: list[str], first: list[str]) -> bool:
    """Return whether a comment names the columns of a table: one name for each cell of its first row of numbers."""
    numbers = [cell for cell in first if NUMERIC.match(cell)]
    return len(cells) == len(first) > 1 and bool(numbers) and not any(NUMERIC.match(cell) for cell in cells)
