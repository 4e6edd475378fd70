"""A table of text, which Markdown, the terminal and the page each draw in their own way."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of text.

    Attributes:
        title: Title of the table.
        heads: Heads of the columns, the first for names, the others for figures; a line end shows where one may break.
        rows: Cells of each row.
        labels: Group of each row; empty if all rows belong together.
        along: Quantity of the labels, m or n_x.
        absent: Lines with the missing implementations and their reasons.
        footnote: Explanation of the heads.
        marked: Column whose entries become * behind the name on a terminal that is too narrow for all columns.
        star: Meaning of that *, for the footnote.
        least: Column that is dropped first on such a terminal.
    """

    title: str
    heads: list[str]
    rows: list[list[str]]
    labels: list[str] = field(default_factory=list)
    along: str | None = None
    absent: list[str] = field(default_factory=list)
    footnote: str = ""
    marked: int | None = None
    star: str = ""
    least: int | None = None

    def labelled(self) -> list[tuple[str, list[str]]]:
        """Return each row with its label, where that begins."""
        labels = self.labels or [""] * len(self.rows)
        begins = ["" if label == before else label for before, label in pairwise(["", *labels])]
        return [*zip(begins, self.rows, strict=True)]
