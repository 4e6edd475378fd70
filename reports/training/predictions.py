"""Predictions of a classifier: a table on a terminal, JSON, or a CSV file for a spreadsheet."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from pathlib import Path

import typer

from gradrace.bench.results import UnusableInput
from gradrace.bench.scratch import replaced
from gradrace.bench.training.prediction import Prediction
from gradrace.reports.training.training_text import called
from gradrace.reports.words import json_text, number_of, plain

FIELDS = ("source", "example", "probability", "class")
"""Keys of a JSON row, and heads of a CSV file."""


def show_table(predictions: Iterable[Prediction], classes: tuple[str, str]) -> None:
    """Print a line for each example: the probability of class 1, the class, the example and its source.

    The heads of the columns are printed on stderr, so that programs read lines of the same kind.
    """
    names = called(classes)
    head = f"P({names[1]})"
    kind = max(map(len, ("class", *names)))
    for nth, one in enumerate(predictions):
        if nth == 0:
            print(f"{head:>6}  {'class':{kind}}  example  source", file=sys.stderr)
        known = one.probability is not None
        cells = (f"{one.probability:.4f}", plain(str(one.kind), 20)) if known else ("–", "–")
        example = "" if one.number is None else one.number
        typer.echo(f"{cells[0]:>{max(6, len(head))}}  {cells[1]:{kind}}  {example:>7}  {plain(one.name, 300)}")


def show_json(predictions: Iterable[Prediction]) -> None:
    """Print a JSON object in a line for each example."""
    for one in predictions:
        typer.echo(json_text(dict(zip(FIELDS, _row(one), strict=True))))


def write_csv(file: Path, predictions: Iterable[Prediction], inputs: Sequence[str | Path]) -> None:
    """Write a CSV file with a row for each example, whose cells are empty where a number is missing.

    It begins with a byte order mark, without which spreadsheets mistake letters beyond ASCII.

    Args:
        file: file to write, in one step.
        predictions: rows of the file.
        inputs: files that it must not replace.

    Raises:
        UnusableInput: if it can't be written, or is one of the inputs.
    """
    if file.exists() and any(Path(one).exists() and file.samefile(one) for one in inputs):
        raise UnusableInput(f"--csv: {file} is read here, and would be lost; name another file")
    count = missing = 0
    try:
        with replaced(file) as raw, TextIOWrapper(raw, "utf-8-sig", errors="replace", newline="") as stream:
            table = csv.writer(stream, lineterminator="\n")
            table.writerow(FIELDS)
            for row in map(_row, predictions):
                table.writerow(["" if cell is None else cell for cell in row])
                count, missing = count + 1, missing + (row[-1] is None)
    except OSError as error:
        raise UnusableInput(f"--csv: {file} can't be written ({error.strerror}); name another file") from error
    without = f", {missing} without a prediction" if missing else ""
    typer.echo(f"Predictions: {file} ({number_of(count, 'example')}{without})")


def _row(one: Prediction) -> tuple[str, int | None, float | None, str | None]:
    return one.name, one.number, one.probability, one.kind
