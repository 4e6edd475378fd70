"""Text files with a table: one line for each example, one column for the labels, all others for numeric features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from gradrace.bench.datasets.columns import certain_label
from gradrace.bench.datasets.columns.findings import Findings
from gradrace.bench.datasets.columns.gathered import Gathered
from gradrace.bench.datasets.columns.label_names import has_usual_name
from gradrace.bench.datasets.dialects import programs
from gradrace.bench.datasets.dialects.dialect import Head, head_of
from gradrace.bench.datasets.doubts import remedies
from gradrace.bench.datasets.doubts.last_line import check_last_line
from gradrace.bench.datasets.doubts.stand_ins import marks_of_missing
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.formats.labels import check_are_classes, classes_apart, codes_apart
from gradrace.bench.datasets.tables import svmlight
from gradrace.bench.datasets.tables.text_labels import Labels
from gradrace.bench.datasets.tables.text_layout import Layout, layout_of, layout_wanted, layouts_of_labels
from gradrace.bench.datasets.tables.text_rows import TextRows, read_rows
from gradrace.bench.results import UnusableInput

MOST_SHOWN = 40
"""Number of letters of a comment that a note quotes."""


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
    readings = [*head.told, *layout.readings]
    if layout.guessed and layout.label is not None:
        readings.append(certain_label.told(layout.names, layout.label, labels.classes()))
    readings += labelled.readings
    if head.aside:
        readings.append(f"lines such as {head.aside[:MOST_SHOWN]!r} are taken as comments")
    return gathered.dataset(
        labelled._replace(readings=(*readings,)),
        unnamed=layout.unnamed,
        label="" if layout.label is None else layout.names[layout.label],
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
    return gathered.for_model(wanted.names)


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
        labels = read_rows(path, head, layout, unclear=False, how=None).labels
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
    A table with faults is read only in part. Raises UnusableInput if the file is damaged.
    """
    try:
        rows = read_rows(path, head, layout, unclear=bool(findings.causes), how=how, predicts=predicts)
    except UnusableInput as refusal:
        if head.encoding not in ("utf-8", "cp1252") or not isinstance(refusal.__cause__, UnicodeDecodeError):
            raise
        return _gathered(path, replace(head, encoding="latin-1"), layout, findings, how, predicts=predicts)
    gathered, repeated = rows.gathered, list[str]()
    if layout.label is not None:
        repeated = _judge_labels(head, layout, layout.label, findings, how, rows)
    elif how.labels is not None and rows.whole:
        repeated = gathered.repeating("", codes_apart(how))
    findings.add_columns(
        gathered,
        {*layout.feature_names} if how.only else {*how.keep},
        whole=rows.whole,
        drops=not predicts,
        repeating=repeated,
        features=how.only if gathered.decides else (),
    )
    return gathered, rows.labels


def _judge_labels(
    head: Head, layout: Layout, place: int, findings: Findings, how: ReadOptions, rows: TextRows
) -> list[str]:
    """Add the faults of the labels to `findings`; return the names of the columns that repeat them.

    place: position of the labels. Raises UnusableInput if lines repeat the names, or if the labels are no classes.
    """
    gathered, labels, whole = rows
    path, name = gathered.path, layout.names[place]
    marks = marks_of_missing(head, place, labels.classes()) - {how.positive}
    gone = labels.leave_out(marks)
    if layout.header and _repeats_names(name, labels, gathered):
        raise UnusableInput(f"{path}: lines repeat the names of the columns; {remedies.once(path)}")
    if whole:
        findings.check_likely(name, labels.classes())
    if labels.are_undecided(how, whole=whole):
        _judge_classes(head, layout, place, findings, how, rows)
    findings.numbers = remedies.as_numbers(path, head, place, header=layout.header, options=findings.options)
    may_be_left_out = gathered.decides and not gathered.text  # a line of text may be no example
    if labels.unlabelled and not (may_be_left_out and gathered.leave_unlabelled(labels.labelled(), gone)):
        remedy = remedies.labelled(path, head, place, marks) if layout.header else ""
        findings.add_unlabelled(labels.unlabelled, remedy)
        return []
    return gathered.repeating(name, labels.numbers())


def _judge_classes(
    head: Head, layout: Layout, place: int, findings: Findings, how: ReadOptions, rows: TextRows
) -> None:
    """Add several classes to `findings`, unless nothing else is wrong: then `Labels.binary` refuses them.

    Raises UnusableInput if they are numbers to predict.
    """
    gathered, labels, whole = rows
    remedy = remedies.two_classes(gathered.path, head, place, header=layout.header)
    check_are_classes(gathered.path, labels.classes(), remedy)
    many = how.decides and labels.are_many_numbers()
    if findings.causes or gathered.faulty() or layout.guessed or many or not whole:
        of_label = layout.names[place] if layout.guessed else ""
        findings.add_classes(labels.classes(), gathered.m, of_label, remedy if many else "")


def _repeats_names(label: str, labels: Labels, gathered: Gathered) -> bool:
    """Return whether the column of labels and one of text hold their own names, as where tables were joined."""
    return label in labels.known and any(name in texts.codes for name, texts in gathered.texts.items())
