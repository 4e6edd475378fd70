"""Layout of a text table: its header, its column of labels and its features, as far as the first lines show it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gradrace.bench.datasets.columns import by_name, certain_label, likely_label
from gradrace.bench.datasets.columns.findings import Findings
from gradrace.bench.datasets.dialects.dialect import Head
from gradrace.bench.datasets.dialects.header import MISSING, is_example, is_surely_example, names_of, width_of
from gradrace.bench.datasets.doubts import remedies
from gradrace.bench.datasets.doubts.texts import column_of
from gradrace.bench.datasets.formats.classes import MOST_CLASSES
from gradrace.bench.datasets.formats.dataset import ReadOptions, Wanted
from gradrace.bench.results import UnusableInput
from gradrace.bench.text import few

MOST_CELLS = 3
"""Number of cells of the first line that a message quotes."""


class Layout(NamedTuple):
    """Layout of a table.

    Attributes:
        header: whether the first line holds names.
        names: names of all columns.
        label: position of the labels, or None for a table without them.
        features: positions of the features.
        guessed: whether the labels were recognised, and not named.
        readings: what else was recognised and the user should know.
    """

    header: bool
    names: tuple[str, ...]
    label: int | None
    features: tuple[int, ...]
    guessed: bool = False
    readings: tuple[str, ...] = ()

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Return the names of the features."""
        return tuple(self.names[place] for place in self.features)

    @property
    def unnamed(self) -> tuple[str, ...]:
        """Return `Dataset.unnamed`."""
        return () if self.header else tuple(name for place, name in enumerate(self.names) if place != self.label)


def layout_of(path: Path, head: Head, how: ReadOptions) -> tuple[Layout, Findings]:
    """Return the layout of a table with labels, and what is wrong in it: options that are needed for this layout.

    Raises UnusableInput if no layout is likely, or if it has no features.
    """
    findings = Findings(path, is_text=not head.packed)
    _check_begin(path, head)
    if how.header is None and len(head.rows) == 1:
        raise UnusableInput(f"{path}: holds a single line; give it a line of names, and one for each example")
    _check_form(path, head)
    if how.header is None:
        _check_not_transposed(path, head)
    header = not is_example(head) if how.header is None else how.header
    names = names_of(head, header=header)
    guessed, readings = _certain_label(head, names, how, header=header), _repeated(head, names, header=header)
    if how.header is None and not header:
        cells = ", ".join(cell[:20] for cell in head.rows[0][:MOST_CELLS])
        cause = f"its first line is an example, not names ({cells}, …)"
        has_labels = guessed is not None or how.labels is not None or how.label in names
        if has_labels and is_surely_example(head):
            readings.append(f"the columns are called 1 to {len(names)}: {cause}; --header if they are names")
        else:
            findings.add(cause, "--no-header", "--header if they are names")
            guessed = None
    if how.labels is not None:
        features = tuple(by_name.feature_places(path, names, None, how))
        return Layout(header, names, None, features, readings=tuple(readings)), findings
    label = _label(path, head, names, how, findings, header=header) if guessed is None else guessed
    place = by_name.label_place(path, names, label)
    if header:
        by_name.check_once(path, head.rows[0], names[place])
    left_out = _drawn(head) | {*head.unused}
    places = tuple(one for one in by_name.feature_places(path, names, place, how) if one not in left_out)
    if not places:
        raise UnusableInput(f"{path}: no column except the labels has values; add features")
    return Layout(header, names, place, places, guessed is not None, tuple(readings)), findings


def _label(
    path: Path, head: Head, names: Sequence[str], how: ReadOptions, findings: Findings, *, header: bool
) -> str | None:
    """Return the column of labels that is named, or a likely one; add to `findings` that this has to be named.

    Raises UnusableInput if no column is likely.
    """
    label = how.label if how.label is None or how.label in names else how.label.strip()
    if not header and label not in names and how.header is None:
        label = _unnamed_label(head, names, label)
        findings.options.append(f"--label {label}")
        if how.label is None and label != names[0] and certain_label.are_classes(likely_label.values_of(head.rows, 0)):
            findings.others.append("--label 1 in its place if the labels come first")
    elif label is None:
        label = findings.guessed(_likely_label(head, names, header=header), names)
        _check_has_classes(path, head, names, label, header=header)
    return label


def layouts_of_labels(path: Path, head: Head, header: bool | None) -> list[Layout]:
    """Return the possible layouts of a table of labels: one column, and perhaps one before it that counts the rows.

    Its first line is a name if the second column of two has one, or if it is text that no other line has. A single 0
    may be what pandas calls the column. Raises UnusableInput for other tables.
    """
    first, *others = [row[-1] for row in head.rows]
    width = max(map(len, head.rows))
    if width > 2 or (width == 2 and not _count([row[0] for row in head.rows[1:]])):
        names = by_name.shown(head.rows[0])
        raise UnusableInput(
            f"{path}: holds more than labels; {names}; if its lines are in the order of the examples and the last "
            f"column holds the labels, {remedies.alone(path, head, header=not is_example(head))}"
        )
    if header is None and width == 2:
        header = not _count([row[0] for row in head.rows])
    if header is None and not head.numerals.is_number(first):
        header = first not in others
    headers = [False, True] if header is None and first == "0" else [bool(header)]
    return [Layout(header, tuple(map(str, range(width))), width - 1, ()) for header in headers]


def layout_wanted(path: Path, head: Head, wanted: Wanted) -> Layout:
    """Return the layout of a table whose features a model takes; its labels may be absent.

    Raises UnusableInput if a column is missing, or if the model has no named columns.
    """
    if not wanted.names:
        raise UnusableInput(f"{path}: a table, but the model has no names of columns; give it images or an array")
    names = _names_wanted(path, head, wanted) if wanted.unnamed else names_of(head, header=True)
    places = by_name.feature_places(path, names, None, ReadOptions(only=wanted.names))
    return Layout(not wanted.unnamed, names, None, tuple(places))


def _repeated(head: Head, names: Sequence[str], *, header: bool) -> list[str]:
    """Return the words that tell what columns are called that have the name of another one."""
    written = {*head.rows[0]} - {""}
    renamed = [name for name in names if name not in written and name.rpartition(".")[0] in written]
    return [f"columns with the name of another one are called {few(renamed)}"] if header and renamed else []


def _drawn(head: Head) -> set[int]:
    """Return the positions of the columns without a name and a cell, as between lines that are drawn at both ends."""
    places = {place for row in head.rows for place, cell in enumerate(row) if cell}
    return {*range(width_of(head))} - places


def _check_begin(path: Path, head: Head) -> None:
    """Raise UnusableInput if the first line is a title or a comment: it has fewer cells than all others."""
    first, *others = [len(row) for row in head.rows]
    if others and first < min(others) - 1:
        raise UnusableInput(
            f"{path}: its first line has {first} of {min(others)} cells; delete the lines before the table"
        )


def _check_form(path: Path, head: Head) -> None:
    """Raise UnusableInput if the lines need another form: they are lists, of a single cell, or repeat the names."""
    first, *others = head.rows
    if all(row[0][:1] in ("[", "(") and row[-1][-1:] in ("]", ")") for row in head.rows):
        raise UnusableInput(f"{path}: its lines are lists in brackets; {remedies.without_brackets(path)}")
    if len(first) == 1 and (aligned := remedies.by_width(path, head)):
        raise UnusableInput(f"{path}: no character separates its columns{aligned}")
    is_number = head.numerals.is_number
    if len(first) > 1 and first in others and not any(map(is_number, first)) and not is_example(head):
        raise UnusableInput(f"{path}: lines repeat the names of the columns; {remedies.once(path)}")


def _check_not_transposed(path: Path, head: Head) -> None:
    """Raise UnusableInput if each line begins with another name and goes on with numbers, more than there are lines."""
    names, width = [row[0] for row in head.rows], len(head.rows[0])
    if len({*names}) < len(names) or any(map(head.numerals.is_number, names)) or width <= 2 * len(names):
        return
    if all(len(row) == width and all(map(head.numerals.is_number, row[1:])) for row in head.rows):
        told = "its lines look like columns, each with its name"
        raise UnusableInput(f"{path}: {told}; {remedies.transposed(path)}; --no-header if they are examples")


def _names_wanted(path: Path, head: Head, wanted: Wanted) -> tuple[str, ...]:
    """Return the names of the columns of a table without a header, by the number of its columns."""
    names, taken = names_of(head, header=False), _taken(wanted)
    for known in (wanted.unnamed, taken):
        if len(known) == len(names):
            _check_not_shifted(path, head, wanted, known)
            return known
    if len(names) == len(wanted.unnamed) + 1:
        return names
    raise UnusableInput(
        f"{path}: {len(names)} columns, but the model was trained on {len(wanted.unnamed) + 1} with the labels; "
        "give it as many, with or without the labels"
    )


def _taken(wanted: Wanted) -> tuple[str, ...]:
    """Return the columns of a table without a header that a model takes, in the order of the table."""
    known = {*wanted.unnamed}
    taken = {column_of(feature, known) for feature in wanted.names}
    return tuple(name for name in wanted.unnamed if name in taken)


def _check_not_shifted(path: Path, head: Head, wanted: Wanted, known: Sequence[str]) -> None:
    """Raise UnusableInput if a table may have the labels, and lack the column that the training left out.

    Without names, it is as wide as one with that column, and without the labels. It may have them if the column where
    they would be has two values, and the one where the other would be doesn't hold different whole numbers.
    """
    width, taken = len(wanted.unnamed) + 1, _taken(wanted)
    lost = [name for name in wanted.unnamed if name not in taken]
    if known != wanted.unnamed or len(lost) != 1 or len(head.rows) < certain_label.LEAST_ROWS:
        return
    labelled = [name for name in map(str, range(1, width + 1)) if name != lost[0]]
    label = next(place for place, name in enumerate(labelled) if name not in taken)
    cells = [row[wanted.unnamed.index(lost[0])] for row in head.rows]
    numbers = len({*cells}) == len(cells) and all(cell.isdecimal() for cell in cells)
    if len(likely_label.values_of(head.rows, label)) == 2 and not numbers:
        told = f"{width - 1} columns: either the labels or column {lost[0]} of {width} may be missing"
        raise UnusableInput(f"{path}: {told}; give it all {width}, or only {few(taken)}")


def _unnamed_label(head: Head, names: Sequence[str], label: str | None) -> str:
    """Return the column of labels of a table without a header: the one with this first cell, or a likely one."""
    if label is not None and head.rows[0].count(label) == 1:
        return names[head.rows[0].index(label)]
    return likely_label.likely_label(names, head.rows, _numeric(head))


def _check_has_classes(path: Path, head: Head, names: Sequence[str], label: str | None, *, header: bool) -> None:
    """Raise UnusableInput if no column looks like labels and the last one holds numbers, as in a regression."""
    rows = head.rows[1:] if header else head.rows
    has_few = any(len(likely_label.values_of(rows, place)) <= MOST_CLASSES for place in range(len(names)))
    if label is None and len(names) > 1 and not has_few and _numeric_column(head, rows, len(names) - 1):
        remedy = remedies.two_classes(path, head, len(names) - 1, header=header)
        told = f"no column has few values, as labels have; name one with --label; {by_name.shown(names)}"
        raise UnusableInput(f"{path}: {told}; if {names[-1]!r} is to be predicted, {remedy}")


def _numeric_column(head: Head, rows: Sequence[Sequence[str]], place: int) -> bool:
    """Return whether all cells of a column are numbers."""
    return all(place < len(row) and head.numerals.is_number(row[place]) for row in rows)


def _likely_label(head: Head, names: Sequence[str], *, header: bool) -> str | None:
    if header:
        return likely_label.named_label(names, head.rows[1:])
    return likely_label.likely_label(names, head.rows, _numeric(head))


def _certain_label(head: Head, names: Sequence[str], how: ReadOptions, *, header: bool) -> str | None:
    if how.label is not None or how.labels is not None or not how.guesses:
        return None
    if head.label in names:
        return head.label
    rows = head.rows[1:] if header else head.rows
    return certain_label.certain_label(names, rows, how.drop, head.numerals.is_number, unnamed=not header)


def _count(cells: Sequence[str]) -> bool:
    """Return whether cells count up from 0 or 1."""
    return bool(cells) and any(cells == [*map(str, range(begin, begin + len(cells)))] for begin in (0, 1))


def _numeric(head: Head) -> list[bool]:
    """Return for each column whether its first cell is a number."""
    cells = [*head.rows[0], *[""] * width_of(head)][: width_of(head)]
    return [cell in MISSING or head.numerals.is_number(cell) for cell in cells]
