"""A training and its predictions on a terminal: plain lines, which other programs may read."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import typer

from bench.training.classifier import Begun, Done, Event, Prediction, Reading, Resumed, Rose
from bench.training.descent import State
from bench.training.quality import Quality
from reports.words import plain


def show(events: Iterable[Event]) -> Done | None:
    """Print a training while it goes on; returns how it ended."""
    done, classes = None, ("0", "1")
    for event in events:
        match event:
            case Begun(m_train, m_test, n_x):
                classes = plain(event.classes[0], 30), plain(event.classes[1], 30)
                typer.echo(f"m_train {m_train}, m_test {m_test}, n_x {n_x}; 1 is {classes[1]}, 0 is {classes[0]}")
                if event.on_disk_bytes:
                    typer.echo(f"X of {gigabytes(event.on_disk_bytes)} stays on disk; it is read block by block")
            case State(iteration, J):
                typer.echo(f"iteration {iteration}  cost {J:.6f}")
            case Resumed(iteration):
                typer.echo(f"resumed at iteration {iteration}")
            case Rose(_, words):
                typer.echo(f"the cost rose: {words}", err=True)
            case Reading(descent, limit):
                typer.echo(
                    f"read {gigabytes(descent.bytes)} at {gigabytes(descent.rate)}/s, "
                    f"{descent.rate / limit.rate:.2f} of the limit: reading alone {gigabytes(limit.rate)}/s"
                )
            case Done(_, train, test):
                done = event
                for name, quality in (("train", train), ("test", test)):
                    if quality is not None:
                        _show_quality(name, quality, classes)
    return done


def _show_quality(name: str, quality: Quality, classes: tuple[str, str]) -> None:
    typer.echo(f"{name} accuracy  {100 * quality.accuracy:.2f} %")
    typer.echo(f"{name} precision {percent(quality.precision)}, recall {percent(quality.recall)}")
    width = max(map(len, classes))
    typer.echo(f"  {'':{width}}  predicted {classes[0]}, {classes[1]}")
    typer.echo(f"  {classes[0]:{width}}  {quality.true_0}, {quality.false_1}")
    typer.echo(f"  {classes[1]:{width}}  {quality.false_0}, {quality.true_1}")


def show_predictions(predictions: Iterable[Prediction], *, as_json: bool) -> None:
    """Print a line for each example: the probability of class 1, the class, and where it comes from."""
    for one in predictions:
        if as_json:
            row = {"source": one.name, "example": one.number, "probability": one.probability, "class": one.kind}
            typer.echo(msgspec.json.encode(row).decode())
        else:
            place = "" if one.number is None else f", example {one.number}"
            typer.echo(f"{one.probability:.4f}  {plain(one.kind, 30)}  {plain(one.name, 300)}{place}")


def gigabytes(count: float) -> str:
    """Bytes, in GB of 10⁹."""
    return f"{count / 1e9:.2f} GB"


def percent(share: float | None) -> str:
    """A share, or that none is known: of nothing there is no share."""
    return "unknown" if share is None else f"{100 * share:.2f} %"
