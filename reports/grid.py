"""A table as rows of words, which Markdown, the terminal and the page then draw each in its own way."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Grid:
    """A table in words.

    heads: of the columns, the first for names, the others for figures; a line end is where one may be broken.
    labels: of each row, what it belongs to; none where all rows belong together. along: what the labels are, m or n_x.
    absent: who is missing and why, line by line. footnote: what the heads can't say.
    marked: the column whose words become * behind the name on a page too narrow for all. least: the column that such a
    page can do without best.
    """

    title: str
    heads: list[str]
    rows: list[list[str]]
    labels: list[str] = field(default_factory=list)
    along: str | None = None
    absent: list[str] = field(default_factory=list)
    footnote: str = ""
    marked: int | None = None
    least: int | None = None

    def labelled(self) -> list[tuple[str, list[str]]]:
        """Return each row with its label, where that begins."""
        labels = self.labels or [""] * len(self.rows)
        begins = ["" if label == before else label for before, label in pairwise(["", *labels])]
        return [*zip(begins, self.rows, strict=True)]
