"""Changes of JSON and CSV that keep most of it well formed, so that code behind the parser is reached."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from itertools import islice

from tests.fuzz.hostile import DEPTHS, JSON, NUMBERS, WORDS, quoted

_VALUE = re.compile(r'([,:\[{]\s*)("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)(\s*:)?')
"""Pattern of a key (with its colon), or of a value other than a list or an object, after the sign before it."""

_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')

_OPENS = re.compile(r"[\[{]")
_OBJECT = re.compile("{")
_DEPTH = {"[": 1, "{": 1, "]": -1, "}": -1}

MOST_SIGNS = 300
"""Passed in search of the one that closes a list; there are others, which close sooner."""

MOST_LETTERS = 1 << 16


def mutate_json(data: bytes, rng: random.Random) -> bytes:
    """Return the text, perhaps of several files, after one to six changes of values, keys, lists and objects."""
    text = data.decode("utf-8", "surrogateescape")
    for _ in range(rng.choice((1, 1, 1, 1, 1, 2, 3, 6))):
        text = rng.choice(_JSON_CHANGES)(text, rng)
    return text[:MOST_LETTERS].encode("utf-8", "surrogateescape")


def mutate_csv(data: bytes, rng: random.Random) -> bytes:
    """Return the text after one to six changes of cells, names and lines."""
    text = data.decode("utf-8", "surrogateescape")
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        text = rng.choice(_CSV_CHANGES)(text, rng)
    return text[:MOST_LETTERS].encode("utf-8", "surrogateescape")


def _some_value(text: str, rng: random.Random) -> re.Match[str] | None:
    start = rng.randrange(len(text) + 1)
    return _VALUE.search(text, start) or _VALUE.search(text)


def _some_list(text: str, rng: random.Random) -> tuple[int, int] | None:
    """Return the beginning and end of a list or an object."""
    start = rng.randrange(len(text) + 1)
    begin, depth = _OPENS.search(text, start), 0
    if begin is None:
        return None
    for sign in islice(_BRACKETS.finditer(text, begin.start()), MOST_SIGNS):
        depth += _DEPTH.get(sign[0], 0)
        if depth == 0:
            return begin.start(), sign.end()
    return None


def _put(text: str, start: int, stop: int, new: str) -> str:
    return text[:start] + new + text[stop:]


def _hostile_value(text: str, rng: random.Random) -> str:
    found = _some_value(text, rng)
    if found is None:
        return text + rng.choice(JSON)
    new = quoted(rng.choice(WORDS)) if found[3] else rng.choice(JSON)
    return _put(text, found.start(2), found.end(2), new)


def _hostile_number(text: str, rng: random.Random) -> str:
    found = _some_value(text, rng)
    if found is None or found[3] or found[2][0] == '"':
        return text
    return _put(text, found.start(2), found.end(2), rng.choice(NUMBERS))


def _hostile_word(text: str, rng: random.Random) -> str:
    found = _some_value(text, rng)
    if found is None or found[2][0] != '"':
        return text
    return _put(text, found.start(2), found.end(2), quoted(rng.choice(WORDS)))


def _like_another(text: str, rng: random.Random) -> str:
    """Return the text with one value replaced by another of its values."""
    one, other = _some_value(text, rng), _some_value(text, rng)
    if one is None or other is None:
        return text
    return _put(text, one.start(2), one.end(2), other[2])


def _scaled(text: str, rng: random.Random) -> str:
    found = _some_value(text, rng)
    if found is None or found[3] or found[2][0] in '"tfn':
        return text
    return _put(text, found.end(2), found.end(2), rng.choice(("0", "00000", "e3", "e-3", "e-290", "e290", ".0", ".5")))


def _repeated_list(text: str, rng: random.Random) -> str:
    span = _some_list(text, rng)
    if span is None:
        return text
    piece = text[slice(*span)]
    return _put(text, *span, ",".join([piece] * rng.choice((2, 2, 3, 8))))


def _other_list(text: str, rng: random.Random) -> str:
    """Return the text with a list emptied, removed, replaced by another one, or hostile."""
    span, other = _some_list(text, rng), _some_list(text, rng)
    if span is None or other is None:
        return text
    return _put(text, *span, rng.choice(("[]", "{}", "null", text[slice(*other)], rng.choice(JSON))))


def _deep(text: str, rng: random.Random) -> str:
    found, depth = _some_value(text, rng), rng.choice(DEPTHS)
    if found is None or found[3]:
        return text
    opens, closes = rng.choice((("[", "]"), ('{"a":', "}")))
    return _put(text, found.start(2), found.end(2), opens * depth + found[2] + closes * depth)


def _member(text: str, rng: random.Random) -> str:
    """Return the text with one more member, whose name may exist already."""
    begin = _OBJECT.search(text, rng.randrange(len(text) + 1))
    key = _some_value(text, rng)
    if begin is None or key is None:
        return text
    name = key[2] if key[3] else quoted(rng.choice(WORDS))
    return _put(text, begin.end(), begin.end(), f"{name}:{rng.choice(JSON)},")


_JSON_CHANGES: tuple[Callable[[str, random.Random], str], ...] = (
    *(_hostile_value, _hostile_value, _hostile_number, _hostile_number, _hostile_word, _hostile_word),
    *(_like_another, _like_another, _scaled, _scaled, _repeated_list, _other_list, _deep, _member),
)


_CELL = re.compile(r"[^,\n\t]+")


def _cell(text: str, rng: random.Random) -> str:
    start = rng.randrange(len(text) + 1)
    found = _CELL.search(text, start)
    new = rng.choice(NUMBERS if rng.random() < 0.5 else WORDS)
    return text + new if found is None else _put(text, *found.span(), new)


def _line(text: str, rng: random.Random) -> str:
    """Return the text with a line removed, repeated or moved."""
    lines = text.split("\n")
    line = lines.pop(rng.randrange(len(lines)))
    for _ in range(rng.choice((0, 1, 2, 20))):
        lines.insert(rng.randrange(len(lines) + 1), line)
    return "\n".join(lines)


def _sign(text: str, rng: random.Random) -> str:
    place = rng.randrange(len(text) + 1)
    sign = rng.choice(
        (",", "\t", "\n", "\r", "\r\n", '"', '""', "'", "\x00", "\ufeff", ";", "#", "\\", "\udcff", "," * 300)
    )
    return _put(text, place, place + rng.choice((0, 0, 1)), sign)


def _wide_cell(text: str, rng: random.Random) -> str:
    place = rng.randrange(len(text) + 1)
    return _put(text, place, place, rng.choice(("x", "1", '"', " ", "\N{SNOWMAN}")) * rng.choice((400, 40_000)))


def _column(text: str, rng: random.Random) -> str:
    """Return the text with one more cell at an end of each line: one value, or the line's number."""
    new, first = rng.choice((*NUMBERS[:24], *WORDS[:12])), rng.random() < 0.5
    lines = [f"{new},{line}" if first else f"{line},{new}" for line in text.split("\n")[:500]]
    return "\n".join(lines)


_CSV_CHANGES: tuple[Callable[[str, random.Random], str], ...] = (
    *(_cell, _cell, _cell, _cell, _line, _sign, _sign, _wide_cell, _column),
)
