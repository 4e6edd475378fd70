"""Options for reading a source of data, which `run`, `verify` and `train` share."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from gradrace.cli.app import option

if TYPE_CHECKING:
    from gradrace.bench.datasets.formats.dataset import ReadOptions, Side
    from gradrace.bench.problems import Make
    from gradrace.bench.results import Cell, Dtype

UNASKED_SIZE = "64x64"
"""Height and width to which the images of a folder are resized by default."""


@dataclass(frozen=True, kw_only=True)
class DataOptions:
    """Options for reading a source of data, as they were given: each field is one option of a verb."""

    label: Annotated[str | None, option("NAME", "Column of the labels; for an .npy file, the file of the labels.")] = (
        None
    )
    positive: Annotated[
        str | None, option("CLASS", "Class that counts as 1 if there are several; the most frequent one by default.")
    ] = None
    examples: Annotated[str | None, option("SIDE", "Axis of the examples in an array: rows or columns.")] = None
    header: Annotated[
        bool | None,
        typer.Option("--header/--no-header", help="Whether a table's first line holds names; recognised by default."),
    ] = None
    drop: Annotated[list[str] | None, option("NAME,...", "Columns of a table to leave out of the features.")] = None
    keep: Annotated[
        list[str] | None, option("NAME,...", "Columns of a table that are features, though they look like numbering.")
    ] = None
    size: Annotated[str, option("HxW", "Resize the images of a folder to this size.")] = UNASKED_SIZE
    scale: Annotated[str | None, option("KIND", "Feature scaling: 255 (default for pixels), standardize or none.")] = (
        None
    )

    def given(self) -> dict[str, str | bool]:
        """Return the options that were given, by their names on the command line."""
        words = asdict(self) | {"drop": ",".join(self.drop or ()), "keep": ",".join(self.keep or ()), "header": None}
        given: dict[str, str | bool] = {name: word for name, word in words.items() if word and word != UNASKED_SIZE}
        return given if self.header is None else given | {"header" if self.header else "no-header": True}

    def refuse_without(self, data: str) -> None:
        """Raise UnusableInput if one of the options is given without --data."""
        from gradrace import options

        if not data:
            options.refuse_given("{} is for --data; name that too, or leave it out", **self.given())

    def read_options(self) -> ReadOptions:
        """Return the options in the form that readers take. Raises UnusableInput if one can't be understood."""
        from gradrace.bench.results import UnusableInput

        sides: dict[str | None, Side | None] = {None: None, "rows": "rows", "columns": "columns"}
        if self.examples not in sides:
            raise UnusableInput(f"--examples: {self.examples!r} is neither `rows` nor `columns`")
        found = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", self.size)
        if found is None:
            raise UnusableInput(f"--size: {self.size[:30]!r} is not a height and width; give them like 64x64")
        from gradrace.bench.datasets.formats.dataset import ReadOptions

        return ReadOptions(
            label=self.label,
            positive=self.positive,
            examples=sides[self.examples],
            size=(int(found[1]), int(found[2])),
            header=self.header,
            drop=_columns(self.drop or ()),
            keep=_columns(self.keep or ()),
        )

    def raced(
        self, data: str, dtypes: list[Dtype], threads: int, seed: int, wanted: Sequence[int] | None = None
    ) -> tuple[list[Cell], tuple[str, Make]]:
        """Return the cells of a race on real data, and the name and the maker of their cases.

        Print what was decided in reading them. Raises UnusableInput as `cases.raced` does.
        """
        from gradrace.bench.datasets import cases
        from gradrace.bench.text import note

        how, kind = self.read_options(), self.scaling()
        return cases.raced(data, how, kind, dtypes, threads, seed, wanted, say=note)

    def scaling(self) -> str | None:
        """Return the kind of feature scaling, None by default. Raises UnusableInput if it isn't known."""
        from gradrace.bench.datasets.feature_scaling import KINDS
        from gradrace.bench.text import known

        return self.scale and known("--scale", self.scale, KINDS)


def _columns(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the names in lines of comma-separated values, such as `age,"height, in cm"`."""
    return tuple(name.strip() for row in csv.reader(lines, skipinitialspace=True) for name in row)
