"""A training's report: results, pictures, every cost, and its origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from gradrace.bench.datasets.feature_scaling import Scaling
from gradrace.bench.machine.environment import commit_info, facts, machine_info
from gradrace.bench.scratch import replaced
from gradrace.bench.text import duration
from gradrace.bench.training.data import Request
from gradrace.bench.training.events import Done
from gradrace.bench.training.prediction import Quality
from gradrace.bench.training.racing.race_results import Raced, Ran
from gradrace.reports.analysis.grids import reasons
from gradrace.reports.analysis.headline import fault_sentences
from gradrace.reports.figures.canvas import titles
from gradrace.reports.grid import Grid
from gradrace.reports.page.build import write_folder
from gradrace.reports.page.page_data import Json, look_of
from gradrace.reports.page.page_data import table_of as shown_table
from gradrace.reports.text.markdown import document, origin_table, table_of
from gradrace.reports.training.ranking import ahead, drawn, grid, ranked, sentences
from gradrace.reports.training.training_figures import pictures
from gradrace.reports.training.training_text import always, area, how_fast, hundredths
from gradrace.reports.words import count, plain

CHARTS = ("costs", "costs_against_seconds")
"""Pictures that the page draws itself."""

GOOD = ["examples", "accuracy", "precision", "recall", "cost", "ROC AUC", "for comparison"]
"""Heads of the table with the quality of the classifier."""


def write_report(done: Done, request: Request, folder: Path, raced: Raced | None = None) -> Path:
    """Write report.md, the pictures, the page and training.json into an existing folder; return the path of report.md.

    Args:
        done: End of the training.
        request: Its options.
        folder: Existing folder.
        raced: All descents, if several implementations raced.

    Raises:
        UnusableInput: If the folder can't be written.
    """
    drawn = pictures(done, raced)
    found, where = tables(done, raced), origin(done, request)
    absences = raced.absences if raced else []
    told = [*raced.notes, *sentences(raced)] if raced else [*done.notes, *_read(done)]
    untested = [done.untested] if done.untested else []
    answer, *lines = dict.fromkeys([*fault_sentences(absences), headline(done), *untested, *told])
    page = {
        "headline": answer,
        "sentences": lines,
        "impls": descents(done, raced),
        "costs": raced.costs if raced else done.model.record.costs,
        "tables": [*map(shown_table, found)],
        "pictures": [{"file": f"{one.stem}.png", "title": one.title} for one in drawn if one.stem not in CHARTS],
        "absences": reasons(absences),
        "origin": [[key, plain(value, 300)] for key, value in where],
    }
    parts = [*map(table_of, found), origin_table(where)]
    report = document("gradrace: a training", answer, [*lines, *reasons(absences)], titles(drawn), *parts)
    with replaced(folder / "training.json") as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(as_data(done, raced)), indent=1))
    return write_folder(folder, report, drawn, "training", page)[0]


def descents(done: Done, raced: Raced | None) -> list[Json]:
    """Return the page's data of each descent, the fastest first; a training without a race has no times."""
    if raced:
        return [_descent(one, raced) for one in ranked(raced)]
    record = done.model.record
    looks = [[at, None, J] for at, J in record.costs]
    return [{**look_of(record.implementation, None), "looks": looks, "ahead": []}]


def _descent(one: Ran, raced: Raced) -> Json:
    """Return the looks as [iteration, seconds, J], and as `ahead` the predicted ones, from the last look on."""
    shown = drawn(one, raced)
    predicted = [[*look] for look in ahead(one, raced)]
    return {**look_of(one.impl, one.technique), "looks": shown, "ahead": [shown[-1], *predicted] if predicted else []}


def headline(done: Done) -> str:
    """Return the result in a sentence: accuracies, iterations and cost."""
    iterations, cost = done.model.record.costs[-1]
    answer = ", ".join(f"{100 * quality.accuracy:.2f} % {name}" for name, quality in _parts(done))
    return f"Accuracy: {answer}, after {count(iterations)} iterations, at a cost of {cost:.6f}."


def tables(done: Done, raced: Raced | None) -> list[Grid]:
    """Return the tables: the race, the quality of the classifier, its confusion matrices, and every cost."""
    parts = _parts(done)
    classes = [plain(kind, 30) for kind in done.model.classes]
    good = [_good(name, one, classes) for name, one in parts]
    costs = [[count(iteration), f"{J:.6f}"] for iteration, J in done.model.record.costs]
    return [
        *([grid(raced)] if raced else []),
        Grid("Quality of the classifier", GOOD, good),
        *(_confusion(name, quality, classes) for name, quality in parts),
        Grid("All costs", ["iteration", "cost"], costs),
    ]


def _good(name: str, quality: Quality, classes: Sequence[str]) -> list[str]:
    """Return the row of a part in the table `GOOD`."""
    shares = map(hundredths, (quality.accuracy, quality.precision, quality.recall))
    cost = "unknown" if quality.cost is None else f"{quality.cost:.6f}"
    return [name, *shares, cost, area(quality), always(quality, classes)]


def _scale(scaling: Scaling) -> str:
    """Return how the features were scaled, as text."""
    if scaling.mean is not None:
        return "standardized"
    return "none" if scaling.factor == 1 else f"divided by {1 / scaling.factor:g}"


def origin(done: Done, request: Request) -> list[tuple[str, str]]:
    """Return (name, value) of the data, the options, the machine and the libraries of a training."""
    record, schedule = done.model.record, request.schedule
    apart = f"{100 * request.test_share:g} % of them, seed {request.seed}" if request.test_share else ""
    about = {
        "trained with": f"{request.source}, {count(total(done.train))} examples",
        "tested with": f"{request.test_source or apart}, {count(total(done.test))} examples" if done.test else "",
        "scale": _scale(done.model.scaling),
        "implementation": record.implementation,
        "precision": record.dtype,
        "alpha": f"{record.alpha:g}, decay {record.decay:g}",
        "iterations": f"{count(schedule.iterations)} at most, tolerance {schedule.tolerance:g}",
        "the descent took": "" if done.seconds is None else duration(done.seconds),
        "threshold": f"{done.model.threshold:g}",
        "classes": f"1: {done.model.classes[1]}, 0: {done.model.classes[0]}",
        "features": count(len(done.model.w)),
        "date": record.date,
        "machine": str(machine_info().get("cpu", {}).get("brand_raw", "")),
    }
    libraries = facts().get("libraries", {})
    return [
        *((key, value) for key, value in about.items() if value),
        ("gradrace", str(commit_info()["id"])[:12]),
        *libraries.items(),
    ]


def total(quality: Quality) -> int:
    """Return the number of examples."""
    return quality.true_0 + quality.true_1 + quality.false_0 + quality.false_1


def as_data(done: Done, raced: Raced | None) -> dict[str, Any]:
    """Return training.json's data: the quality of the classifier and, of a race, every look of each implementation."""
    record = done.model.record
    descents = [
        {
            "implementation": one.impl,
            "looks": [{"iteration": at.iteration, "steps_s": at.seconds, "cost": at.J} for at in one.looks],
            "error_over_limit": one.error_over_limit,
            "stopped": one.stopped,
            "train": _figures(one.done.train) if one.done else None,
            "test": _figures(one.done.test) if one.done and one.done.test else None,
        }
        for one in (raced.ran if raced else ())
    ]
    compared = [{"iteration": at, "cost": J, "limit": limit} for at, J, limit in (raced.expected if raced else ())]
    return {
        "record": record,
        "threshold": done.model.threshold,
        "train": _figures(done.train),
        "test": _figures(done.test) if done.test else None,
        "descents": descents,
        "compared": compared,
        "notes": raced.notes if raced else done.notes,
        "nothing_established_from_iteration": raced.vague if raced else None,
        "absences": raced.absences if raced else [],
    }


def _figures(quality: Quality) -> dict[str, float | None]:
    """Return the fields of a quality, and what follows from them."""
    return {
        **asdict(quality),
        "accuracy": quality.accuracy,
        "precision": quality.precision,
        "recall": quality.recall,
        "majority": quality.majority[1],
    }


def _read(done: Done) -> list[str]:
    return [how_fast(done.reading)] if done.reading else []


def _parts(done: Done) -> list[tuple[str, Quality]]:
    return [("train", done.train), *([("test", done.test)] if done.test else [])]


def _confusion(name: str, quality: Quality, classes: Sequence[str]) -> Grid:
    zero, one = classes
    rows = [[zero, str(quality.true_0), str(quality.false_1)], [one, str(quality.false_0), str(quality.true_1)]]
    return Grid(f"Confusion matrix of the {name} examples", ["class", f"called {zero}", f"called {one}"], rows)
