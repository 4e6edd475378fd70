"""Text files with a table: one line for each example, one column for the labels, all others for numeric features."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gradrace.bench.datasets.columns import certain_label
from gradrace.bench.datasets.columns.findings import Findings
from gradrace.bench.datasets.columns.gathered import Gathered
from gradrace.bench.datasets.columns.label_names import has_usual_name
from gradrace.bench.datasets.dialects import programs
from gradrace.bench.datasets.dialects.dialect import Head, head_of
from gradrace.bench.datasets.dialects.header import MISSING
from gradrace.bench.datasets.dialects.packed import Lines, opened
from gradrace.bench.datasets.doubts import remedies
from gradrace.bench.datasets.doubts.last_line import check_last_line
from gradrace.bench.datasets.doubts.stand_ins import marks_of_missing
from gradrace.bench.datasets.doubts.texts import Texts, known_texts
from gradrace.bench.datasets.formats.checks import as_features, refusing
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.formats.labels import check_are_classes, classes_apart, codes_apart
from gradrace.bench.datasets.tables import svmlight
from gradrace.bench.datasets.tables.labels_read import Labels
from gradrace.bench.datasets.tables.layout import Layout, layout_of, layout_wanted, layouts_of_labels
from gradrace.bench.datasets.tables.scan import Scanned, scanned
from gradrace.bench.results import UnusableInput

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

MOST_SHOWN = 40
"""Number of letters of a comment that a note quotes."""

EXPECTED = 1.05
"""Space for examples, relative to the estimate from the first lines."""


def read(path: Path, how: ReadOptions) -> Dataset:
    """Return the examples of a table: one column holds the labels, all others are features.

    Raises UnusableInput if the file is damaged, if its layout isn't certain, or if a label or a feature can't be used.
    """
    programs.refuse_by_first_rows(path, lambda: _dataset(path, how))
    with programs.telling(path):
        return _dataset(path, how)


def _dataset(path: Path, how: ReadOptions) -> Dataset:
    head = _head(path)
    if head.svmlight:
        return svmlight.read(path, how)
    check_last_line(path, head)
    layout, findings = layout_of(path, head, how)
    gathered, labels = _gathered(path, head, layout, findings, how)
    findings.refuse()
    labelled = labels.binary(how) if how.labels is None else classes_apart(how)
    as_binary = gathered.labels_of_kept(labelled.labels, labelled.classes)
    X = as_features(path, gathered.features())
    readings = [*head.told, *layout.readings]
    if layout.guessed and layout.label is not None:
        readings.append(certain_label.told(layout.names, layout.label, labels.classes()))
    readings += labelled.readings
    if head.aside:
        readings.append(f"lines such as {head.aside[:MOST_SHOWN]!r} are taken as comments")
    return Dataset(
        X,
        as_binary,
        labelled.classes,
        features=gathered.names,
        unnamed=layout.unnamed,
        label="" if layout.label is None else layout.names[layout.label],
        readings=(*readings, *gathered.told()),
        kinds=labelled.kinds,
        gaps=tuple(gathered.gaps),
    )


def read_features(path: Path, wanted: Wanted) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return the features that a model takes, as (n_x, m), and `Dataset.gaps`.

    Raises UnusableInput as `read` does, or if a column is missing.
    """
    with programs.telling(path):
        return _features(path, wanted)


def _features(path: Path, wanted: Wanted) -> tuple[NDArray[Any], tuple[str, ...]]:
    head = _head(path)
    if head.svmlight:
        return svmlight.read_features(path, wanted), ()
    check_last_line(path, head)
    layout, findings = layout_wanted(path, head, wanted), Findings(path)
    gathered, _ = _gathered(path, head, layout, findings, ReadOptions(only=wanted.names), predicts=True)
    findings.refuse()
    gathered.encode(wanted.names)
    return as_features(path, gathered.features(), may_lack=True), tuple(gathered.gaps)


def holds_only_examples(path: Path) -> bool:
    """Return whether no column of a table has a usual name of labels."""
    head = _head(path)
    return not head.svmlight and not any(has_usual_name(name) for name in head.rows[0])


def read_labels(path: Path, how: ReadOptions) -> Iterator[NDArray[Any]]:
    """Yield the labels of a table that holds nothing else: (m,), numbers or text.

    If its first line may be a name or a label, as pandas calls a column 0, both are yielded.
    Raises UnusableInput if it has other columns than one with the labels, and one that counts them.
    """
    head = _head(path)
    for layout in layouts_of_labels(path, head, how.header):
        labels = _read_on(path, head, layout, unclear=False, how=None)[1]
        if labels.unlabelled:
            raise UnusableInput(f"{path}: label {labels.unlabelled} is missing; add it, or drop the example")
        yield labels.values()


def _head(path: Path) -> Head:
    head = head_of(path)
    if not head.rows:
        raise UnusableInput(f"{path}: is empty; give it one line for each example")
    return head


def _gathered(
    path: Path, head: Head, layout: Layout, findings: Findings, how: ReadOptions, *, predicts: bool = False
) -> tuple[Gathered, Labels]:
    """Return the features and labels of a table, and add their faults to `findings`.

    predicts: whether a model takes the features, and each example needs all of them.
    A table with faults is read only as far as `REFUSED_CELLS`. Raises UnusableInput if the file is damaged.
    """
    keep = {*layout.feature_names} if how.only else {*how.keep}
    try:
        gathered, labels, whole = _read_on(
            path, head, layout, unclear=bool(findings.causes), how=how, predicts=predicts
        )
    except UnusableInput as refusal:
        if head.encoding not in ("utf-8", "cp1252") or not isinstance(refusal.__cause__, UnicodeDecodeError):
            raise
        return _gathered(path, replace(head, encoding="latin-1"), layout, findings, how, predicts=predicts)
    marks = set[str]()
    if layout.label is not None:
        marks = marks_of_missing(head, layout.label, labels.classes()) - {how.positive}
    gone = labels.leave_out(marks)
    if layout.header and layout.label is not None and _repeats_names(layout.names[layout.label], labels, gathered):
        raise UnusableInput(f"{path}: lines repeat the names of the columns; {remedies.once(path)}")
    if layout.label is not None and whole:
        findings.check_likely(layout.names[layout.label], labels.classes())
    if layout.label is not None and labels.are_undecided(how, whole=whole):
        remedy = remedies.two_classes(path, head, layout.label, header=layout.header)
        check_are_classes(path, labels.classes(), remedy)
        many = how.decides and labels.are_many_numbers()
        if findings.causes or gathered.faulty() or layout.guessed or many or not whole:
            of_label = layout.names[layout.label] if layout.guessed else ""
            findings.add_classes(labels.classes(), gathered.m, of_label, remedy if many else "")
    repeated = list[str]()
    if layout.label is not None:
        findings.numbers = remedies.as_numbers(path, head, layout.label, header=layout.header, options=findings.options)
        may_be_left_out = gathered.decides and not gathered.text  # a line of text may be no example
        if labels.unlabelled and not (may_be_left_out and gathered.leave_unlabelled(labels.labelled(), gone)):
            findings.add_unlabelled(
                labels.unlabelled, remedies.labelled(path, head, layout.label, marks) if layout.header else ""
            )
        else:
            repeated = gathered.repeating(layout.names[layout.label], labels.numbers())
    elif how.labels is not None and whole:
        repeated = gathered.repeating("", codes_apart(how))
    findings.add_columns(
        gathered,
        keep,
        whole=whole,
        drops=not predicts,
        repeating=repeated,
        features=how.only if gathered.decides else (),
    )
    return gathered, labels


def _repeats_names(label: str, labels: Labels, gathered: Gathered) -> bool:
    """Return whether the column of labels and one of text hold their own names, as where tables were joined."""
    return label in labels.known and any(name in texts.codes for name, texts in gathered.texts.items())


def _read_on(
    path: Path, head: Head, layout: Layout, *, unclear: bool, how: ReadOptions | None, predicts: bool = False
) -> tuple[Gathered, Labels, bool]:
    """Return the features, the labels, and whether the table was read to its end.

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
    return gathered, labels, whole


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
