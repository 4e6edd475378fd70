"""Decisions of `train` on the columns and the examples of a table, each with a line for the user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.columns.by_name import listed
from gradrace.bench.datasets.columns.gathered import Column, Gathered
from gradrace.bench.datasets.doubts.texts import Kind, column_of, feature_of
from gradrace.bench.text import FEW, few


@dataclass(frozen=True)
class Plan:
    """Fate of each column and example of a table.

    Attributes:
        reasons: columns to leave out that the user may want to keep, by the reason.
        free: columns of free text to leave out.
        taken: categories to leave out, as another column has the name of one of their columns of 0 and 1.
        sparse: columns of numbers to leave out, of which most are missing, and how many are.
        left: columns that stay.
        lacking: those of them in which numbers are missing.
        kept: mask (m,) of the examples that lack neither a label nor a number.
        excess: emptiest of `lacking`, without which `kept` would be at least half of the examples.
    """

    reasons: dict[str, list[str]]
    free: list[str]
    taken: list[str]
    sparse: dict[str, int]
    left: list[str]
    lacking: list[str]
    kept: NDArray[np.bool_]
    excess: list[str]

    def carry_out(self, table: Gathered, features: Sequence[str]) -> None:
        """Leave out the columns and examples, and make columns of 0 and 1 of the categories; note what was done.

        features: names of the features of a model, for which the columns are made; () for all.
        """
        table.notes += () if features else self._told(table)
        if not self.kept.all():
            labelled = table.m if table.labelled is None else int(np.count_nonzero(table.labelled))
            if lost := labelled - int(np.count_nonzero(self.kept)):
                which = f"{few(self.lacking)} {'are' if len(self.lacking) > 1 else 'is'} missing"
                option = "" if features else f"; to use them: --drop {listed(self.lacking)}"
                table.gaps.append(f"{lost} of {table.m} examples left out, as {which}{option}")
            table.only(self.kept)
        if features:
            table.encode(features)
        else:
            table.rebuild([*self._columns(table)])

    def _columns(self, table: Gathered) -> Iterator[Column]:
        """Yield the columns of numbers, then those of 0 and 1 for the values of each category, sorted, as in pandas."""
        left = {*self.left}
        places = [(name, place) for place, name in enumerate(table.names) if name in left]
        yield from (Column(name, place) for name, place in places if name not in table.texts)
        categories = [(name, place) for name, place in places if name in table.texts]
        present = table.present([place for _, place in categories])
        for (name, place), there in zip(categories, present, strict=True):
            codes = table.texts[name].codes
            values = [value for value in sorted(codes) if there[codes[value]]]
            yield from (Column(feature_of(name, value), place, codes[value]) for value in values)

    def _told(self, table: Gathered) -> Iterator[str]:
        for reason, names in self.reasons.items():
            them = "them" if len(names) > 1 else "it"
            yield f"left out: {_all(names)} ({reason}); to use {them}: --keep {listed(names)}"
        if self.free:
            yield f"left out as text: {_all([f'{name} ({table.texts[name].counted()})' for name in self.free])}"
        if self.taken:
            yield f"left out, as columns are called like their values: {_all(self.taken)}"
        if self.sparse:
            shown = _all([f"{name} ({count} of {table.m})" for name, count in self.sparse.items()])
            yield f"left out, as most numbers are missing: {shown}"
        if categories := [name for name in self.left if name in table.texts]:
            yield f"columns of 0 and 1 for each value of {_all([_category(table, name) for name in categories])}"


def planned(table: Gathered, reasons: Mapping[str, Sequence[str]], *, fixed: bool = False) -> Plan:
    """Return what to do with the columns and examples of a table.

    Args:
        table: features, as read.
        reasons: columns to leave out, by the reason.
        fixed: whether all columns stay, as a model has them already.
    """
    gone = {*table.text, *(name for names in reasons.values() for name in names)}
    free, taken, sparse = list[str](), list[str](), dict[str, int]()
    numbers = [
        (name, place)
        for place, name in enumerate(table.names)
        if name in table.missing and name not in gone and name not in table.texts
    ]
    lacks = np.isnan(table.X[: table.m]) if numbers else np.zeros((table.m, 0), dtype=bool)
    missing = {name: int(np.count_nonzero(lacks[:, place])) for name, place in numbers}
    if not fixed:
        columns = {*table.columns}
        texts = [name for name in table.names if name in table.texts and name not in gone]
        free = [name for name in texts if table.texts[name].kind() is Kind.FREE]
        taken = [name for name in texts if name not in free and _is_taken(table, name, columns)]
        sparse = {name: count for name, count in missing.items() if 2 * count > table.m}
    gone = {*gone, *free, *taken, *sparse}
    left = [name for name in table.names if name not in gone]
    lacking = [name for name in missing if name not in gone]
    labelled = np.ones(table.m, dtype=bool) if table.labelled is None else table.labelled
    kept = labelled & ~lacks[:, [place for name, place in numbers if name not in gone]].any(axis=1)
    places = {name: place for name, place in numbers if name not in gone}
    excess = _excess({name: lacks[:, places[name]] for name in sorted(lacking, key=missing.__getitem__)}, labelled)
    return Plan(
        {reason: [*names] for reason, names in reasons.items() if names},
        free,
        taken,
        sparse,
        left,
        lacking,
        kept,
        [name for name in lacking if name in excess],
    )


def _excess(lacks: Mapping[str, NDArray[np.bool_]], labelled: NDArray[np.bool_]) -> list[str]:
    """Return the columns that leave less than half of the examples if they are added to those before them.

    lacks: mask (m,) of the examples that lack a number, for each column, the fullest first.
    """
    excess, kept, half = list[str](), labelled, np.count_nonzero(labelled) / 2
    for name, lacking in lacks.items():
        left = kept & ~lacking
        if np.count_nonzero(left) < half:
            excess.append(name)
        else:
            kept = left
    return excess


def _is_taken(table: Gathered, name: str, columns: AbstractSet[str]) -> bool:
    """Return whether a feature that a category becomes would be found in another of these columns by its name."""
    return any(column_of(feature_of(name, value), columns) != name for value in table.texts[name].codes)


def _category(table: Gathered, name: str) -> str:
    texts = table.texts[name]
    lacking = f", {table.m - texts.count} missing" if texts.count < table.m else ""
    return f"{name} ({texts.counted()}{lacking})"


def _all(words: Sequence[str]) -> str:
    """Return the first words, and the number of all if there are more."""
    return few(words) + (f" ({len(words)} in all)" if len(words) > FEW else "")
