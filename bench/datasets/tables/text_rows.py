"""Reading of the rows of a text table: its features and its labels, chunk by chunk."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gradrace.bench.datasets.columns.gathered import Gathered
from gradrace.bench.datasets.dialects.dialect import Head
from gradrace.bench.datasets.dialects.header import MISSING
from gradrace.bench.datasets.dialects.packed import Lines, opened
from gradrace.bench.datasets.doubts.texts import Texts, known_texts
from gradrace.bench.datasets.formats.checks import refusing
from gradrace.bench.datasets.formats.dataset import ReadOptions
from gradrace.bench.datasets.tables.text_labels import Labels
from gradrace.bench.datasets.tables.text_layout import Layout
from gradrace.bench.datasets.tables.text_scan import Scanned, scanned

CHUNK_CELLS = 250_000
"""Number of cells that are read at once."""

LEAST_ROWS = 100
"""Smallest number of rows that are read at once, because each column of a chunk takes pandas 0.1 ms."""

REFUSED_CELLS = CHUNK_CELLS
"""Number of cells after which a table with faults isn't read further: it is refused within a second."""

MOST_READINGS = 5
"""Maximum number of times that a table is begun to be read, because a column turned out to be text."""

USUAL_RATIO = 3
"""Bytes of text in a compressed byte; more are found while they are read."""

EXPECTED = 1.05
"""Space for examples, relative to the estimate from the first lines."""


class TextRows(NamedTuple):
    """Rows of a text table, as far as they were read.

    Attributes:
        gathered: their features.
        labels: their labels.
        whole: whether these are all rows.
    """

    gathered: Gathered
    labels: Labels
    whole: bool


def read_rows(
    path: Path, head: Head, layout: Layout, *, unclear: bool, how: ReadOptions | None, predicts: bool = False
) -> TextRows:
    """Return the rows of a table; one with faults is read only as far as `REFUSED_CELLS`.

    A column of text that shows late makes the reading begin anew.

    Args:
        path: file of the table.
        head: its beginning.
        layout: its columns.
        unclear: whether the layout has faults.
        how: options for reading the table, or None if it holds nothing but labels.
        predicts: whether a model takes the features, and each example needs all of them.
    """
    found = scanned(path, head, layout)
    expected = int(EXPECTED * _size(path, head) / head.bytes_per_row) + 1
    only, guesses = ((), False) if how is None else (how.only, how.guesses and not how.only)
    of_text = {*found.text} if guesses else set[str]()
    for _ in range(MOST_READINGS):
        gathered = Gathered.of(
            path,
            layout.feature_names,
            expected,
            numerals=head.numerals,
            unnamed=not layout.header,
            texts=known_texts(only, layout.feature_names) | {name: Texts() for name in of_text},
            decides=how is not None and how.leaves_out and not predicts,
            columns=layout.names,
        )
        gathered.note(found.text, found.missing)
        labels = Labels(path, head.numerals)
        labels.expect(found.classes)
        whole = _read_once(head, layout, gathered, labels, found, unclear=unclear, how=how)
        if not guesses or not gathered.late():
            break
        of_text.update(gathered.late())
    gathered.settle()
    return TextRows(gathered, labels, whole)


def _read_once(
    head: Head,
    layout: Layout,
    gathered: Gathered,
    labels: Labels,
    found: Scanned,
    *,
    unclear: bool,
    how: ReadOptions | None,
) -> bool:
    """Add the rows of a table to its features and labels; return whether it was read to its end."""
    unusable = found.whole and how is not None and not labels.are_usable(how)
    for chunk in _chunks(gathered.path, head, layout, labels, gathered.texts):
        if layout.label is not None:
            labels.take(chunk[layout.label].to_numpy(dtype=np.int64))
        gathered.take(chunk.iloc[:, list(layout.features)])
        if gathered.decides and gathered.late():
            return False
        if gathered.m < REFUSED_CELLS // len(layout.names):
            continue
        lacks = labels.unlabelled and not gathered.decides
        faulty = unclear or gathered.faulty() or lacks
        if faulty or (how is not None and labels.are_undecided(how, whole=False)):
            return False
        if unusable and how is not None and not labels.are_usable(how):
            return False
    return True


def _chunks(path: Path, head: Head, layout: Layout, labels: Labels, texts: Collection[str]) -> Iterator[pd.DataFrame]:
    """Yield the table in parts of about `CHUNK_CELLS` cells, whose columns are numbered from 0.

    texts: names of the columns whose cells stay text.
    """
    chunks = _read(path, head, layout, labels, texts)
    while True:
        with refusing(path, "a table", "give it one line for each example"), warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # pandas warns of lines with more cells than names
            chunk = next(chunks, None)
        if chunk is None:
            return
        yield chunk


def _size(path: Path, head: Head) -> int:
    """Return the size of a file in bytes; of a compressed one, the size that is usual."""
    return path.stat().st_size * (USUAL_RATIO if head.packed else 1)


def _read(path: Path, head: Head, layout: Layout, labels: Labels, texts: Collection[str]) -> Iterator[pd.DataFrame]:
    width = len(layout.names)
    coded = [place for place in layout.features if layout.names[place] in texts]
    missing: Any = [*MISSING]
    if coded:
        missing = dict.fromkeys(range(width), missing) | {place: [""] for place in coded}
    named = range(max(width, *(len(row) for row in head.rows if not any(row[width:]))))
    comment = head.is_comment if head.commented else None
    with (
        opened(path) as stream,
        Lines(stream, head.encoding, head.skipped, comment) as lines,
        pd.read_csv(
            lines,
            sep=head.separator,
            header=None,
            names=named,
            skiprows=1 + head.units if layout.header else 0,
            quotechar=head.quote,
            decimal=head.numerals.decimal,
            converters=None if layout.label is None else {layout.label: labels.code},  # NA is a class
            dtype=dict.fromkeys(coded, str),
            keep_default_na=False,
            na_values=missing,
            skipinitialspace=True,
            index_col=False,
            low_memory=False,
            chunksize=max(LEAST_ROWS, CHUNK_CELLS // width),
        ) as chunks,
    ):
        for chunk in chunks:
            if chunk.iloc[:, width:].notna().any(axis=None):
                raise ValueError(f"a line has more than {width} cells")
            yield chunk
