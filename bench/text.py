"""Text of messages: numbers and durations, one line of foreign text, suggestions, errors about an option."""

from __future__ import annotations

import difflib
import math
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from shutil import get_terminal_size

from gradrace.bench.results import ON_GPU, UnusableInput

UNKNOWN = "—"
"""Text in place of an unknown figure."""

TIES_UP = 1 + 1e-14
"""Factor that rounds a number halfway between two figures up, as the page does; a division by the unit may have put it
a last bit below."""

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))

MOST_SAID = 200
"""Largest number of letters kept of an implementation's text."""

FEWEST_DIGITS, MOST_DIGITS = 4, 17
"""Digits of numbers that differ; 17 distinguish any two of float64."""

MOST_NAMED = 20
"""Largest number of names listed in a message, as foreign files may hold any number."""

FEW = 10
"""Largest number of names that `few` lists: columns, or classes."""


def few(names: Sequence[str], most: int = FEW) -> str:
    """Return the first names, separated by commas, with … if there are more."""
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


def one_line(text: str) -> str:
    """Return the first line that isn't blank, truncated, with unprintable letters replaced by spaces.

    An implementation's text may contain anything: many lines, terminal escapes, halves of letters.
    """
    for line in text.lstrip()[: 9 * MOST_SAID].splitlines():
        if shown := " ".join(printable(line).split()):
            return shown if len(shown) <= MOST_SAID else f"{shown[: MOST_SAID - 1]}…"
    return ""


def printable(text: str) -> str:
    """Return text in which a space stands for each letter that a terminal interprets."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def note(message: str) -> None:
    """Print a line on stderr, without letters that a terminal interprets, and there broken between words."""
    shown = printable(message)
    if sys.stderr.isatty():  # where a terminal would break words
        width = get_terminal_size().columns
        shown = textwrap.fill(shown, width, break_long_words=False, break_on_hyphens=False)
    print(shown, file=sys.stderr)


def apart(one: float, other: float) -> tuple[str, str]:
    """Return two numbers as text with one digit more than distinguishes them, and at least FEWEST_DIGITS."""
    for digits in range(FEWEST_DIGITS, MOST_DIGITS):
        if f"{one:.{digits}g}" != f"{other:.{digits}g}":
            return f"{one:.{digits + 1}g}", f"{other:.{digits + 1}g}"
    return f"{one:.{MOST_DIGITS}g}", f"{other:.{MOST_DIGITS}g}"


def said(error: BaseException) -> str:
    """Return the message of an exception, in one line; the name of its type if the message is empty."""
    return one_line(str(error)) or type(error).__name__


def known(option: str, word: str, names: Sequence[str]) -> str:
    """Return the word if it is one of the names; otherwise raise UnusableInput with a suggestion."""
    if word in names:
        return word
    close = difflib.get_close_matches(word, names, n=1)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    there = ", ".join(name[:80] for name in names[:MOST_NAMED])
    hint = f"did you mean {close[0][:80]}?" if close else f"there are {there}{more}"
    raise UnusableInput(f"{option}: unknown name {word[:80]!r}; {hint}")


def require_available(unavailable: Sequence[tuple[str, str]], impl: str, option: str = "--impl") -> None:
    """Raise UnusableInput if an option names an implementation that can't be loaded; `all` names none."""
    words = map(str.strip, impl.split(","))
    named = {Path(word).stem if word.endswith(".py") else word for word in words}
    for name, reason in unavailable:
        if named & {name, name.removesuffix(ON_GPU)}:
            raise UnusableInput(f"{option}: {name} {reason}; install it, or leave the name out")


def significant(value: float, digits: int = 3) -> str:
    """Return a number with `digits` significant digits: 12.3, 12,288, and with an exponent 3.2e-6 and 4.2e10.

    The exponent begins below 0.001, and at a billion.
    """
    if not math.isfinite(value):
        return UNKNOWN
    rounded = to_digits(value, digits)
    if rounded == 0:
        return "0"
    if not 1e-3 <= abs(rounded) < 1e9:
        return scientific(value, digits)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{decimals}f}" if abs(rounded) >= 10_000 else f"{rounded:.{decimals}f}"


def to_digits(value: float, digits: int) -> float:
    """Return a number rounded to significant digits; halfway between two, away from zero."""
    return float(f"{value * TIES_UP:.{digits - 1}e}")


def multiple(ratio: float) -> str:
    """Return how many times a limit is exceeded, to two digits: 1.3, 4.2e10, inf, nan."""
    return significant(ratio, 2) if math.isfinite(ratio) else str(float(ratio))


def scientific(value: float, digits: int) -> str:
    """Return a number with `digits` significant digits and an exponent: 3.2e-6."""
    mantissa, exponent = f"{value * TIES_UP:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def duration(seconds: float, digits: int = 3) -> str:
    """Return seconds in the unit that fits: 12.3 µs."""
    if not math.isfinite(seconds):
        return UNKNOWN
    rounded = abs(to_digits(seconds, digits))
    scale, unit = next((unit for unit in _UNITS if rounded >= unit[0]), _UNITS[-1])
    return f"{significant(seconds / scale, digits)} {unit}"
