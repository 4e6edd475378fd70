"""What the page of a training shows, as plain data, and nothing that is markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradrace.bench.training.order import Done
from gradrace.bench.training.race_results import Raced, Ran
from gradrace.reports.analysis.grids import Grid, reasons
from gradrace.reports.page.page_data import Json, look_of
from gradrace.reports.training.ranking import first_step_s, ranked
from gradrace.reports.words import plain


@dataclass(frozen=True, slots=True)
class TrainingShown:
    """A training to be shown.

    done: the classifier; raced: everyone's descent, if several raced. headline, sentences: what came out, in words.
    tables: under the charts. pictures: {file: title}, of images that stand beside the page. origin: (what, value).
    """

    done: Done
    raced: Raced | None
    headline: str
    sentences: Sequence[str]
    tables: Sequence[Grid]
    pictures: Mapping[str, str]
    origin: Sequence[tuple[str, str]]


def training_data(shown: TrainingShown) -> Json:
    """All of it."""
    record = shown.done.model.record
    return {
        "headline": shown.headline,
        "sentences": shown.sentences,
        "impls": [_descent(one, shown.raced) for one in ranked(shown.raced)] if shown.raced else [_alone(shown.done)],
        "costs": shown.raced.costs if shown.raced else record.costs,
        "tables": [_table(grid) for grid in shown.tables],
        "pictures": [{"file": file, "title": title} for file, title in shown.pictures.items()],
        "absences": reasons(shown.raced.absences) if shown.raced else [],
        "origin": [[key, plain(value, 300)] for key, value in shown.origin],
    }


def _descent(one: Ran, raced: Raced) -> Json:
    """Looks as [iteration, seconds, J]; ahead: those that are predicted, from the last look on."""
    looks = raced.shared(one)
    stopped, begun = looks[-1], looks[0]._replace(seconds=first_step_s(one))
    ahead = [[at, one.seconds_to(at), J] for at, J in raced.costs if at > stopped.iteration] if one.stopped else []
    shown = [begun, *looks[1:]]
    return {**look_of(one.impl, one.technique), "looks": shown, "ahead": [shown[-1], *ahead] if ahead else []}


def _alone(done: Done) -> Json:
    """A training whose steps nobody timed."""
    record = done.model.record
    return {**look_of(record.implementation, None), "looks": [[at, None, J] for at, J in record.costs], "ahead": []}


def _table(grid: Grid) -> Json:
    rows = [row for _, group in grid.groups for row in group]
    heads = [head.replace("\n", " ") for head in grid.heads]
    return {"title": grid.title, "heads": heads, "rows": rows, "footnote": grid.footnote}
