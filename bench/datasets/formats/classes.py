"""Choice of the class that counts as 1 among several: the most frequent one, if the labels are certainly classes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

NUMBER = re.compile(r"[+-]?(\d+([.]\d*)?|[.]\d+)([eE][+-]?\d+)?")

MOST_CLASSES = 20
"""Maximum number of classes that need no large number of examples of each, and largest code of a few classes."""

FEW_CODES, MOST_CODES, MOST_WORDS = 10, 62, 1000
"""Numbers of classes up to which any small whole numbers are codes, such as 3 to 8 or -1 to 1, up to which numbers that
count from 0 or 1 are (digits and letters of both cases), and up to which words are classes.
"""

LEAST_EACH, LEAST_OF_WORDS = 3, 10
"""Examples per class on average: of any classes, and of more than MOST_CLASSES words."""

LEAST_OF_CODES, LEAST_OF_MANY = 20, 100
"""Examples of each class if more than FEW_CODES numbers are codes, and if more than MOST_CLASSES are. Of ages, grades
and scores, the smallest and the largest ones are rare.
"""

COUNTED = 0.9
"""Least share of the numbers from 0 to the largest code that occur: 24 of 25 letters have a sign that stands still."""

MISSING = frozenset(["?", "na", "n/a", "n.a.", "nan", "null", "#n/a", "<na>", "nat", "\\n", "-", "--", ".", "*"])
"""Labels, in lower case, that may stand for missing ones where there are several others."""


CODES, MOST_CODED = (-9, 9), 2
"""Numbers that may stand for missing labels, and the largest other one beside 9, as of 1, 2 and 9 for yes, no and
unknown. Larger codes, such as 99, are no classes (`MOST_CLASSES`).
"""


def are_classes(names: Sequence[str], counts: NDArray[np.int64], *, named: bool = False) -> bool:
    """Return whether the values of labels are certainly classes, and not the numbers of a regression, or names.

    Args:
        names: the values.
        counts: number of examples of each value, (classes,).
        named: whether the values are known to be names of classes, such as those of folders.
    """
    m, several, numbers = int(counts.sum()), len(names), None if named else _numbers(names)
    if not named and doubt(names):
        return False
    if not may_be_classes(names, named=named) or m == several or (m < LEAST_EACH * several and not named):
        return False
    if numbers is None:
        return several <= MOST_CLASSES or m >= LEAST_OF_WORDS * several
    if several <= FEW_CODES:
        return max(map(abs, numbers)) <= MOST_CLASSES
    counted = min(numbers) >= 0 and several >= COUNTED * (max(numbers) + 1)
    return counted and int(counts.min()) >= (LEAST_OF_CODES if several <= MOST_CLASSES else LEAST_OF_MANY)


def doubt(names: Sequence[str]) -> str:
    """Return words on a value of labels that may stand for missing ones, or may be the same class as another, or ""."""
    missing = _missing(names)
    if suspect := next((name for name in names if name in missing), None):
        return f", of which {suspect!r} may stand for missing labels"
    alike = dict[str, str]()
    for name in sorted(names):
        first = alike.setdefault(name.casefold().rstrip(" ."), name)
        if first != name and len(name) > 1:  # letters of both cases are different classes
            return f", of which {first!r} and {name!r} may be the same"
    return ""


def one_of(names: Sequence[str]) -> str:
    """Return the option that names the first class which certainly isn't a missing label."""
    missing = _missing(names)
    known = [name for name in names if name not in missing]
    return f"--positive {shlex.quote([*known, *names][0])}"


def _missing(names: Sequence[str]) -> set[str]:
    """Return the values that may stand for missing labels: words, -9 beside no other negative number, or 9 beside 2."""
    numbers = dict(zip(names, _numbers(names) or [], strict=False))
    others = {*numbers.values()} - {*CODES}
    codes = {-9.0: min(others, default=-1) >= 0, 9.0: max(others, default=9) <= MOST_CODED}
    return {name for name in names if name.lower() in MISSING or codes.get(numbers.get(name, 0.0))}


def may_be_classes(names: Sequence[str], *, named: bool = False) -> bool:
    """Return whether values may be classes, by these alone: further values can't make classes of other ones."""
    numbers = None if named else _numbers(names)
    if numbers is None:
        return len(names) <= MOST_WORDS
    return len(names) <= MOST_CODES and all(map(float.is_integer, numbers))


def most_frequent(names: Sequence[str], counts: NDArray[np.int64]) -> tuple[str, str]:
    """Return the most frequent class, of equally frequent ones the first, and the words that say so."""
    first, second = np.argsort(-counts, kind="stable")[:2]
    told = f"{len(names)} classes: {names[first]!r} counts as 1 ({counts[first]} of {counts.sum()}), all others as 0"
    return names[first], f"{told}; another: --positive {shlex.quote(names[second])}"


def _numbers(names: Sequence[str]) -> list[float] | None:
    """Return the values as numbers, or None if one isn't a number."""
    return [float(name) for name in names] if all(map(NUMBER.fullmatch, names)) else None
