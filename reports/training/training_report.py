"""A training's report: what came out, the pictures, every cost, and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from gradrace.bench.machine.environment import commit_info, facts, machine_info
from gradrace.bench.training.order import Done, Order
from gradrace.bench.training.quality import Quality
from gradrace.bench.training.race_results import Raced
from gradrace.reports.analysis.grids import Grid, reasons
from gradrace.reports.figures.race_figures import save
from gradrace.reports.page.build import write_page_of
from gradrace.reports.text.markdown import bullets, table_of, text
from gradrace.reports.training.ranking import grid, sentences
from gradrace.reports.training.training_data import TrainingShown, training_data
from gradrace.reports.training.training_figures import pictures
from gradrace.reports.training.training_text import how_fast, percent
from gradrace.reports.words import count, duration, plain


def write_report(done: Done, order: Order, folder: Path, raced: Raced | None = None) -> Path:
    """Write report.md, the pictures, the page and training.json into a folder that exists; returns the first.

    raced: everyone's descent, if several raced. Pictures of an earlier training that this one doesn't have are removed.
    """
    drawn = pictures(done, raced)
    if (folder / "training.json").exists():
        for stem in {*STEMS} - {picture.stem for picture in drawn}:
            for suffix in (".png", ".svg"):
                (folder / f"{stem}{suffix}").unlink(missing_ok=True)
    for picture in drawn:
        save(picture, folder)
    costs, others = drawn[: 2 if raced else 1], drawn[2 if raced else 1 :]
    shown = TrainingShown(
        done=done,
        raced=raced,
        headline=headline(done),
        sentences=[*raced.notes, *sentences(raced)] if raced else [*done.notes, *_read(done)],
        tables=tables(done, raced),
        pictures={f"{picture.stem}.png": picture.title for picture in others},
        origin=origin(done, order),
    )
    write_page_of("training", training_data(shown), folder)
    (folder / "training.json").write_bytes(msgspec.json.format(msgspec.json.encode(as_data(done, raced)), indent=1))
    report = folder / "report.md"
    report.write_text(_render(shown, {picture.stem: picture.title for picture in (*costs, *others)}), encoding="utf-8")
    return report


STEMS = ("costs", "costs_against_seconds", "weights", "surest")
"""The pictures that a training may have."""


def headline(done: Done) -> str:
    """What came out, in a sentence."""
    iterations, cost = done.model.record.costs[-1]
    answer = ", ".join(f"{100 * quality.accuracy:.2f} % of the {name} examples" for name, quality in _parts(done))
    return f"Right are {answer}, after {count(iterations)} iterations, at a cost of {cost:.6f}."


def tables(done: Done, raced: Raced | None) -> list[Grid]:
    """Who descended how fast, how good the classifier is, who was taken for what, and every cost."""
    parts = _parts(done)
    classes = [plain(kind, 30) for kind in done.model.classes]
    good = [[name, *map(percent, (one.accuracy, one.precision, one.recall))] for name, one in parts]
    costs = [[count(iteration), f"{J:.6f}"] for iteration, J in done.model.record.costs]
    return [
        *([grid(raced)] if raced else []),
        Grid("How good it is", ["examples", "accuracy", "precision", "recall"], [("", good)]),
        *(_confusion(name, quality, classes) for name, quality in parts),
        Grid("Every cost", ["iteration", "cost"], [("", costs)]),
    ]


def origin(done: Done, order: Order) -> list[tuple[str, str]]:
    """What the classifier was made of and how, and on which machine."""
    record, schedule = done.model.record, order.schedule
    apart = f"{100 * order.test_share:g} % of them, seed {order.seed}" if order.test_share else ""
    about = {
        "trained with": f"{order.source}, {count(total(done.train))} examples",
        "tested with": f"{order.test_source or apart}, {count(total(done.test))} examples" if done.test else "",
        "scale": order.scale or "divided by 255 if pixels, else none",
        "implementation": record.implementation,
        "precision": record.dtype,
        "alpha": f"{record.alpha:g}, decay {record.decay:g}",
        "iterations": f"{count(schedule.iterations)} at the most, tolerance {schedule.tolerance:g}",
        "the descent took": "" if done.seconds is None else duration(done.seconds),
        "classes": f"1 is {done.model.classes[1]}, 0 is {done.model.classes[0]}",
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
    """The number of examples."""
    return quality.true_0 + quality.true_1 + quality.false_0 + quality.false_1


def as_data(done: Done, raced: Raced | None) -> dict[str, Any]:
    """For a program to read: how good the classifier is, and of a race every look at everyone."""
    record = done.model.record
    descents = [
        {
            "implementation": one.impl,
            "looks": [{"iteration": at.iteration, "steps_s": at.seconds, "cost": at.J} for at in one.looks],
            "error_over_limit": one.error_over_limit,
            "stopped": one.stopped,
            "train": one.done.train if one.done else None,
            "test": one.done.test if one.done else None,
        }
        for one in (raced.ran if raced else ())
    ]
    compared = [{"iteration": at, "cost": J, "limit": limit} for at, J, limit in (raced.expected if raced else ())]
    return {
        "record": record,
        "train": done.train,
        "test": done.test,
        "descents": descents,
        "compared": compared,
        "notes": raced.notes if raced else done.notes,
        "nothing_established_from_iteration": raced.vague if raced else None,
        "absences": raced.absences if raced else [],
    }


def _render(shown: TrainingShown, figures: dict[str, str]) -> str:
    told = [*shown.sentences, *(reasons(shown.raced.absences) if shown.raced else [])]
    where = Grid("Where this comes from", ["", ""], [("", [[key, plain(value, 200)] for key, value in shown.origin])])
    return "\n\n".join([
        "# gradrace: a training",
        f"**{text(shown.headline)}**",
        *([bullets(told)] if told else []),
        *(f"[![{text(title)}]({stem}.png)]({stem}.svg)" for stem, title in figures.items()),
        *map(table_of, (*shown.tables, where)),
    ]) + "\n"  # fmt: skip


def _read(done: Done) -> list[str]:
    return [how_fast(done.reading)] if done.reading else []


def _parts(done: Done) -> list[tuple[str, Quality]]:
    return [("train", done.train), *([("test", done.test)] if done.test else [])]


def _confusion(name: str, quality: Quality, classes: Sequence[str]) -> Grid:
    zero, one = classes
    rows = [[zero, str(quality.true_0), str(quality.false_1)], [one, str(quality.false_0), str(quality.true_1)]]
    return Grid(f"The {name} examples", ["class", f"called {zero}", f"called {one}"], [("", rows)])
