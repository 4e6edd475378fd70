"""Figures as text: durations, ratios and sizes as people write them; foreign text made harmless."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from gradrace.bench.results import Cell, Dtype
from gradrace.bench.stats import CONFIDENCE
from gradrace.bench.text import UNKNOWN, printable, significant

_FIGURE = re.compile(r"[-+]?(\d[\d.,]*(e[-+]?\d+)?|inf|nan)\b( ([nµm]?s|[kMG]?B)\b)?")


class Setting(NamedTuple):
    """Precision, threads and kind of X, which are equal in all cells that are shown together."""

    dtype: Dtype
    threads: int
    pixels: bool

    @classmethod
    def of(cls, cell: Cell) -> Setting:
        """Return the setting of a cell."""
        return cls(cell.dtype, cell.threads, cell.pixels)


def times(ratio: float, digits: int = 3) -> str:
    """Return a ratio: 145×."""
    return f"{significant(ratio, digits)}×" if math.isfinite(ratio) else UNKNOWN


def between(low: str, high: str) -> str:
    """Return two figures as an interval, a common unit once: 12.1–12.5 µs, 140–150×."""
    if UNKNOWN in (low, high):
        return UNKNOWN
    number, space, unit = low.partition(" ")
    if number == "0" or (space and high.endswith(space + unit)):
        return f"{number}–{high}"
    return f"{low.removesuffix('×')}–{high}"


def percent(share: float | None, digits: int = 2) -> str:
    """Return a share in percent: 92 %, 0.31 %; UNKNOWN if it is None or NaN."""
    return UNKNOWN if share is None or math.isnan(share) else f"{significant(100 * share, digits)} %"


def sureness(confidence: float) -> str:
    """Return the confidence of an interval, never rounded up: 95 %, 75 %."""
    return f"{math.floor(100 * min(confidence, CONFIDENCE))} %" if math.isfinite(confidence) else UNKNOWN


ONE = "one sample"
"""Words in place of an interval that a single sample can't have."""


def interval(low: float, high: float, write: Callable[[float], str], confidence: float) -> str:
    """Return an interval for a table, with its confidence if that is below 95 %."""
    if confidence == 0:
        return ONE
    note = f" ({sureness(confidence)})" if confidence < CONFIDENCE else ""
    return between(write(low), write(high)) + note


def interval_in_words(low: str, high: str, confidence: float) -> str:
    """Return an interval for a sentence: 95 % interval 12.1–12.5 µs; or that it is of one sample."""
    return ONE if confidence == 0 else f"{sureness(confidence)} interval {between(low, high)}"


def memory(memory_bytes: float) -> str:
    """Return bytes in MB (10⁶ bytes)."""
    return f"{significant(memory_bytes / 1e6)} MB" if math.isfinite(memory_bytes) else UNKNOWN


def count(number: int) -> str:
    """Return a whole number, with commas from five digits on: 1000, 12,288."""
    return f"{number:,}" if number >= 10_000 else str(number)


def rounded(number: float) -> str:
    """Return a number rounded to two digits as a whole one: 95,000."""
    return count(int(float(f"{number:.2g}")))


def number_of(number: int, noun: str) -> str:
    """Return a number with its noun: 1 run, 2 runs."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def sizes(cell: Cell) -> str:
    """Return m and n_x of a cell for a sentence: m = 1000, n_x = 100."""
    return f"m = {count(cell.m)}, n_x = {count(cell.n_x)}"


def product(m: int, n_x: int) -> str:
    """Return m and n_x for a table: 1000 × 100."""
    return f"{count(m)} × {count(n_x)}"


def setting(where: Cell | Setting) -> str:
    """Return precision, kind of X and threads in words: float64, 2 threads."""
    return f"{where.dtype}{' from pixels' if where.pixels else ''}, {number_of(where.threads, 'thread')}"


def listing(items: list[str]) -> str:
    """Return the items as a list in words: a, b and c."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def without_figures(text: str) -> str:
    """Return a text with # for its figures and their units: texts that differ only in these become equal."""
    return _FIGURE.sub("#", text)


def json_text(value: object, *, indent: int = 0) -> str:
    """Return JSON with unprintable letters escaped, which JSON readers read as the same value.

    A terminal must not interpret them: some treat U+009B as an escape.
    """
    encoded = msgspec.json.encode(value)
    text = (msgspec.json.format(encoded, indent=indent) if indent else encoded).decode()
    return "".join(letter if letter.isprintable() or letter == "\n" else _escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    """Return a letter as JSON escapes it: two halves if it exceeds 16 bits."""
    halves = letter.encode("utf-16-be").hex()
    return "".join(f"\\u{halves[place : place + 4]}" for place in range(0, len(halves), 4))


def plain(text: str, limit: int = 200) -> str:
    """Return foreign text on one line of at most `limit` characters.

    Unprintable characters (line ends, terminal escapes, marks that turn the direction of writing) become spaces.
    """
    shown = " ".join(printable(text[: 2 * limit]).split())
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def name_of(impl: str) -> str:
    """Return an implementation's name for a sentence or a table: foreign text, truncated to 80 characters."""
    return plain(impl, 80)
