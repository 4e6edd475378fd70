"""A training's report: what came out, the pictures, every cost, and where it comes from."""

from __future__ import annotations

from pathlib import Path

from bench.classifier import Done
from bench.environment import machine_info
from bench.quality import Quality
from reports.figures import save
from reports.markdown import text
from reports.training import percent
from reports.training_figures import pictures
from reports.words import count, plain


def write_report(done: Done, folder: Path) -> Path:
    """Write report.md and the pictures into a folder that exists; returns the former."""
    drawn = pictures(done)
    for picture in drawn:
        save(picture, folder)
    report = folder / "report.md"
    report.write_text(_render(done, {picture.stem: picture.title for picture in drawn}), encoding="utf-8")
    return report


def _render(done: Done, figures: dict[str, str]) -> str:
    record, parts = done.model.record, [("train", done.train), *([("test", done.test)] if done.test else [])]
    iterations, cost = record.costs[-1]
    answer = ", ".join(f"{100 * quality.accuracy:.2f} % of the {name} examples" for name, quality in parts)
    about = {
        "implementation": record.implementation,
        "precision": record.dtype,
        "alpha": f"{record.alpha:g}, decay {record.decay:g}",
        "classes": f"1 is {done.model.classes[1]}, 0 is {done.model.classes[0]}",
        "features": count(len(done.model.w)),
        "date": record.date,
        "machine": str(machine_info().get("cpu", {}).get("brand_raw", "")),
    }
    return "\n\n".join([
        "# gradrace: a training",
        f"**Right are {answer}, after {count(iterations)} iterations, at a cost of {cost:.6f}.**",
        *(f"[![{text(title)}]({stem}.png)]({stem}.svg)" for stem, title in figures.items()),
        _table(["", "accuracy", "precision", "recall"], [[name, *_shares(quality)] for name, quality in parts]),
        *(_confusion(name, quality, done.model.classes) for name, quality in parts),
        _table(["iteration", "cost"], [[count(iteration), f"{J:.6f}"] for iteration, J in record.costs]),
        _table(["", ""], [[name, text(plain(value, 200))] for name, value in about.items() if value]),
    ]) + "\n"  # fmt: skip


def _shares(quality: Quality) -> list[str]:
    return [percent(share) for share in (quality.accuracy, quality.precision, quality.recall)]


def _confusion(name: str, quality: Quality, classes: tuple[str, str]) -> str:
    zero, one = (text(plain(kind, 30)) for kind in classes)
    rows = [[zero, str(quality.true_0), str(quality.false_1)], [one, str(quality.false_0), str(quality.true_1)]]
    return _table([f"{name} examples", f"called {zero}", f"called {one}"], rows)


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, [":--", *["--:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
