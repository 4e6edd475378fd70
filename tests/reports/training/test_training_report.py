"""A training's report: figures of what it ended with, the surest examples in their rows, hostile names as text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from gradrace.bench.datasets.feature_scaling import Scaling
from gradrace.bench.datasets.formats.dataset import Dataset
from gradrace.bench.training.data import Request
from gradrace.bench.training.descent import Schedule
from gradrace.bench.training.events import Done, Shown
from gradrace.bench.training.model import Model, Record
from gradrace.bench.training.prediction import Quality
from gradrace.reports.training.training_figures import MOST_SHOWN, groups, pictures
from gradrace.reports.training.training_report import write_report
from gradrace.reports.training.training_text import show

COSTS = [(0, 0.693147), (100, 0.5), (150, 0.45)]
RNG = np.random.default_rng(0)
LABELS = np.array([1, 1, 1, 0, 0, 0] * 4)
PROBABILITIES = np.array([0.9, 0.6, 0.2, 0.1, 0.3, 0.8] * 4) + np.linspace(0, 0.05, 24)


REQUEST = Request(
    source="cats.h5",
    test_source="more.h5",
    schedule=Schedule(alpha=0.1, iterations=150),
)


def done(shape: tuple[int, ...] = (4, 4, 3), classes: tuple[str, str] = ("non-cat", "cat")) -> Done:
    n_x = int(np.prod(shape)) if shape else 5
    record = Record(
        date="2026-11-25", implementation="numba_fused", dtype="float64", alpha=0.1, decay=0.0, data="x", costs=COSTS
    )
    X = RNG.integers(0, 256, (n_x, 24), dtype=np.uint8) if shape else RNG.standard_normal((n_x, 24))
    model = Model(RNG.standard_normal(n_x), 0.1, Scaling(), shape, (), classes, record)
    shown = Shown("test", Dataset(X, LABELS, classes, shape), PROBABILITIES)
    return Done(model, Quality(9, 1, 2, 8, 0.45, 0.9), Quality(3, 1, 2, 4, 0.625, 0.75), shown)


def test_each_row_holds_one_kind_of_prediction_the_surest_first():
    ended = done()
    rows = dict(groups(ended.model, ended.shown))
    assert list(rows) == [
        "cat,\ncalled cat",
        "non-cat,\ncalled non-cat",
        "cat,\ncalled non-cat",
        "non-cat,\ncalled cat",
    ]
    for (words, places), label, called in zip(rows.items(), (1, 0, 1, 0), (1, 0, 0, 1), strict=True):
        assert set(LABELS[places]) == {label}, words
        assert set(PROBABILITIES[places] > 0.5) == {bool(called)}, words
        sure = np.abs(PROBABILITIES[places] - 0.5)
        assert (np.diff(sure) <= 0).all()
        assert 0 < len(places) <= MOST_SHOWN


@pytest.mark.parametrize(
    ("shape", "stems"),
    [((4, 4, 3), ["costs", "weights", "surest"]), ((4, 4, 1), ["costs", "weights", "surest"]), ((), ["costs"])],
)
def test_images_have_their_weights_and_examples_drawn(shape, stems):
    found = pictures(done(shape))
    assert [picture.stem for picture in found] == stems
    assert found[0].title == "The cost fell from 0.693 to 0.450 in 150 iterations"
    line = found[0].figure.axes[0].lines[0]
    assert [tuple(point) for point in line.get_xydata()] == COSTS
    if shape:
        panels = [axes.images[0].get_array() for axes in found[1].figure.axes if axes.images]
        assert len(panels) == shape[2]


def test_the_report_tells_every_cost_and_who_was_taken_for_what(tmp_path: Path) -> None:
    report = write_report(done(), REQUEST, tmp_path).read_text()
    assert "Accuracy: 85.00 % train, 70.00 % test, after 150 iterations" in report
    assert "| 100 | 0.500000 |" in report
    assert "| test | 70.00 % | 80.00 % | 66.67 % | 0.625000 | 0.7500 | always predicting cat: 60.00 % |" in report
    data = msgspec.json.decode((tmp_path / "training.json").read_bytes())
    assert (data["test"]["cost"], data["test"]["roc_auc"], data["test"]["majority"]) == (0.625, 0.75, 0.6)
    assert "| non-cat | 3 | 1 |\n| cat | 2 | 4 |" in report
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{stem}.{kind}" for stem in ("costs", "weights", "surest") for kind in ("png", "svg")
    } | {"report.md", "index.html", "plotly.min.js", "training.json"}


def test_it_tells_what_a_reader_should_know_and_where_it_comes_from(tmp_path: Path) -> None:
    for name in ("of my own.png", "weights.png"):
        (tmp_path / name).write_text("of mine")
    write_report(done(shape=()), REQUEST, tmp_path)
    assert (tmp_path / "weights.png").exists()  # which no report linked to
    write_report(done(), REQUEST, tmp_path)
    rose = "the cost rose: alpha 5 is too large"
    report = write_report(done(shape=())._replace(notes=(rose,), seconds=2.5), REQUEST, tmp_path).read_text()
    assert report.index(rose) < report.index("(costs.png)")
    assert "| trained with | cats.h5, 20 examples |" in report
    assert "| tested with | more.h5, 10 examples |" in report
    assert "| the descent took | 2.50 s |" in report
    assert {path.name for path in tmp_path.glob("*.png")} == {"costs.png", "of my own.png"}
    assert not (tmp_path / "surest.svg").exists()
    apart = replace(REQUEST, test_source="", test_share=0.2)
    assert "20 % of them, seed 0, 10 examples" in write_report(done(shape=()), apart, tmp_path).read_text()


@pytest.mark.parametrize(("last", "verb"), [(0.5, "fell"), (0.7, "stayed"), (30.0, "rose")])
def test_a_cost_that_ended_above_its_start_rose(last, verb):
    ended = done(shape=())
    record = msgspec.structs.replace(ended.model.record, costs=[(0, 0.7), (100, last)])
    (picture,) = pictures(ended._replace(model=replace(ended.model, record=record)))
    assert picture.title.startswith(f"The cost {verb} from 0.700 to ")


def test_a_training_whose_cost_rose_says_so_at_its_end(capsys):
    """The advice is printed where the cost first rises, a screen above the end of 2000 iterations."""
    ended = done(shape=())
    rising = msgspec.structs.replace(ended.model.record, costs=[(0, 0.7), (100, 30.0)])
    show([ended._replace(notes=("stopped early",))])
    assert "rose" not in capsys.readouterr().err
    note, ended = (
        "the cost rose: alpha 5 is too large; try --alpha 0.1",
        ended._replace(model=replace(ended.model, record=rising)),
    )
    for notes, step in (
        (("X is on disk; no matter", note), "try --alpha 0.1"),
        (("stopped early",), "train again with a smaller --alpha"),  # it rose before the training was resumed
    ):
        show([ended._replace(notes=notes)])
        assert capsys.readouterr().err == (f"the cost rose from 0.700000 to 30.000000: don't use this model; {step}\n")


def test_hostile_names_are_text(tmp_path: Path) -> None:
    report = write_report(done(classes=("<script>", "a|b`$x$\u202e")), REQUEST, tmp_path).read_text()
    assert "<script>" not in report
    assert "a|b" not in report
