"""Recognition of the header: whether the first line of a table holds names or an example."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from statistics import mode

from gradrace.bench.datasets.dialects.dialect import Head
from gradrace.bench.datasets.dialects.numerals import Numerals

MISSING = (
    *("", "?", "NA", "N/A", "n/a", "na", "NaN", "nan", "NAN", "-nan", "-NaN", "null", "NULL", "Null", "None"),
    *("none", "<NA>", "#N/A", "#NA", "NaT", "nil", "-", ".", "missing", "Missing", "1.#QNAN", "-1.#IND"),
    *("--", "*", "n.a.", "unknown", "Unknown", "\\N"),
)
"""Cells of a feature that stand for a missing number."""

ROW_NAMES = "rownames"
"""Name of the column of row names, for which R writes none."""

LEAST_NAMES = 4
"""Whole numbers that count up from another number than 0 are names if there are so many."""

MOST_DIGITS = 15
"""Digits of a whole number that is a name. Python refuses to convert one of more than 4300."""

LEAST_COMPARED = 10
"""Number of rows from which on their smallest and largest numbers tell whether a line of numbers is another row."""

MOST_SHARE = 0.2
"""Number of values of a column with few, per row: its name is a value of it if the first line is an example."""

LEAST_SHARE = 0.75
"""Share of the columns with few values that have their name as one, if the first line is an example."""

LEAST_INCREASING = 10
"""Numbers that increase are names if there are so many: those of an example do by chance in one of 10! cases."""


def width_of(head: Head) -> int:
    """Return the number of columns, without a last one that is empty in each line.

    It is the number of cells of most lines, if the first line has one less, as R writes it, or one more.
    """
    first, *others = [len(row) for row in head.rows]
    width = mode(others or [first])
    if width < first or width > first + 1:
        width = first
    while width > 1 and all(len(row) < width or not row[width - 1] for row in head.rows):
        width -= 1
    return width


def is_example(head: Head) -> bool:
    """Return whether the first line holds an example rather than names.

    It does if numbers in it don't count up or increase, or if it repeats a name that is also a value, or if each name
    is one, or if most of the columns with few values have their name as one. It doesn't if a name is text and all other
    cells of its column are numbers. Lines that repeat the first one don't count.
    """
    if head.named:
        return False
    first, *others = head.rows
    others = [row for row in others if row != first]
    numbers = [cell for cell in first if head.numerals.is_number(cell)]
    columns = [(name, {row[place] for row in others if place < len(row)}) for place, name in enumerate(first)]
    columns = [(name, values) for name, values in columns if values]
    if len(first) < width_of(head):
        return False  # R leaves out the name of the first column
    if any(
        name not in MISSING and not head.numerals.is_number(name) and _are_numbers(values, head.numerals)
        for name, values in columns
    ):
        return False
    few = [name in values for name, values in columns if name and MOST_SHARE * len(others) >= len(values)]
    if len(numbers) > 1 or (numbers and len(first) == 1):
        return not (_count_up(numbers) or _increase(head))
    if sum(few) > LEAST_SHARE * len(few):
        return True
    if numbers:
        return not _count_up(numbers)
    counts = Counter(first)
    repeated = [(name, values) for name, values in columns if name and counts[name] > 1]
    if repeated and all(name in values for name, values in repeated):
        return True
    return len(columns) > 1 and all(name in values for name, values in columns)


def is_surely_example(head: Head) -> bool:
    """Return whether the first line holds numbers that no column is called.

    It has a fraction, a negative number, one twice, or only numbers that all lie between those of the other lines,
    beside texts that other lines have as well.
    """
    plain = [head.numerals.plain(cell) for cell in head.rows[0]]
    numbers = {place: float(cell) for place, cell in enumerate(plain) if cell is not None}
    if len({*numbers.values()}) < len(numbers) or any(n < 0 or not n.is_integer() for n in numbers.values()):
        return True
    if not numbers or len(head.rows) <= LEAST_COMPARED:
        return False
    texts = {place: cell for place, cell in enumerate(head.rows[0]) if place not in numbers}
    known = all(any(row[place : place + 1] == [cell] for row in head.rows[1:]) for place, cell in texts.items())
    return known and _lies_between(head, numbers)


def _lies_between(head: Head, numbers: dict[int, float]) -> bool:
    """Return whether each number is at least the smallest and at most the largest of its column in the other rows."""
    for place, number in numbers.items():
        cells = [head.numerals.plain(row[place]) for row in head.rows[1:] if place < len(row) and row[place]]
        others = [float(cell) for cell in cells if cell is not None]
        if not others or not min(others) <= number <= max(others):
            return False
    return True


def names_of(head: Head, *, header: bool) -> tuple[str, ...]:
    """Return the names of the columns: those of the first line, or 1 to n.

    A name that is absent or repeated becomes what pandas calls it, or `ROW_NAMES` if R left out the first name.
    """
    width = width_of(head)
    if not header:
        return tuple(str(place) for place in range(1, width + 1))
    names = head.rows[0][:width]
    if len(names) == width - 1:
        names = [ROW_NAMES, *names]
    names += [""] * (width - len(names))
    return _different([name or f"Unnamed: {place}" for place, name in enumerate(names)])


def _different(names: list[str]) -> tuple[str, ...]:
    """Return the names with a number after each one that was there before: a, a.1, a.2."""
    found, taken, count = [], {*names}, dict.fromkeys(names, 0)
    for name in names:
        other = name
        while count[name] and (other := f"{name}.{count[name]}") in taken:
            count[name] += 1
        count[name] += 1
        taken.add(other)
        found.append(other)
    return tuple(found)


def _are_numbers(values: set[str], numerals: Numerals) -> bool:
    known = [value for value in values if value not in MISSING]
    return bool(known) and all(numerals.is_number(value) for value in known)


def _increase(head: Head) -> bool:
    """Return whether many numbers in the first line increase, as years do, and those of the second line don't."""
    first, second = ([float(cell) for cell in map(head.numerals.plain, row) if cell] for row in (*head.rows, [])[:2])
    return len(first) >= LEAST_INCREASING and _is_sorted(first) and not _is_sorted(second)


def _is_sorted(numbers: list[float]) -> bool:
    return all(before < after for before, after in pairwise(numbers))


def _count_up(cells: list[str]) -> bool:
    """Return whether the cells are whole numbers that count up from 0, or many with equal steps, such as 1940, 1945."""
    if not all(cell.isdecimal() and len(cell) <= MOST_DIGITS for cell in cells):
        return False
    numbers = [int(cell) for cell in cells]
    steps = {after - before for before, after in pairwise(numbers)}
    if steps <= {1}:
        return numbers[0] == 0 or len(numbers) >= LEAST_NAMES
    return len(steps) == 1 and min(steps) > 0 and len(numbers) > LEAST_NAMES
