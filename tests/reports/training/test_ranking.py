"""A race of descents as people see it: the table, what is said, the pictures, the file for programs, the page."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from gradrace.bench.results import Absence
from gradrace.bench.training.descent import State
from gradrace.bench.training.drift import Expected
from gradrace.bench.training.events import Begun
from gradrace.bench.training.racing.race_results import Look, Raced, Ran
from gradrace.reports.training import ranking as training_race
from gradrace.reports.training.race_curves import against_iterations, against_seconds
from gradrace.reports.training.ranking import PREDICTED, grid, same_digits, sentences
from gradrace.reports.training.training_report import descents, write_report
from tests.reports.page.test_page import HOSTILE, browser  # noqa: F401  # a fixture
from tests.reports.training.test_training_report import REQUEST, done

COSTS = [(0, 0.693147), (100, 0.5), (150, 0.45)]


def ran(impl: str, step_s: float, *, technique: str = "vectorized", until: int = 150, off: float = 1e-8) -> Ran:
    """Return a descent of so many iterations, with costs that are off in digits that aren't printed."""
    looks = [Look(at, at * step_s, J + off) for at, J in COSTS if at <= until]
    stopped = None if until == 150 else "iteration 150 would be reached after about 300 s (predicted)"
    return Ran(impl, technique, step_s, looks, 0.02, stopped, None if stopped else done())


@pytest.fixture
def raced() -> Raced:
    everyone = [
        ran("python_loop", 2.0, technique="loop", until=100),
        ran("numpy_vectorized", 0.02),
        ran("numba_fused", 0.01, technique="compiled"),
    ]
    absent = Absence(impl="jax_jit", outcome="unavailable", stage="import", message="needs the package jax")
    return Raced(everyone, [absent], COSTS, [Expected(at, J, 1e-6) for at, J in COSTS])


def test_the_table_ranks_them_and_marks_what_is_predicted(raced):
    table = grid(raced)
    rows = table.rows
    assert [row[0] for row in rows] == ["numba_fused", "numpy_vectorized", "python_loop"]
    assert table.heads[:3] == ["implementation", "to cost\n0.572", "to iteration\n150"]
    assert rows[0][1:4] == ["1.00 s", "1.50 s", "10.0 ms"]
    assert rows[2][1:3] == ["200 s", f"{PREDICTED}300 s"]
    assert rows[0][-2:] == ["85.00 %", "70.00 %"]
    assert rows[2][-2:] == ["", ""]
    assert table.footnote.startswith(PREDICTED.strip())


def test_a_cost_that_is_asked_for_has_its_column(raced):
    assert grid(raced, 0.47).heads[1] == "to cost\n0.470"
    assert "to cost" not in "".join(grid(raced, 0.1).heads)  # nobody falls so low


def test_what_is_wrong_comes_first(raced, tmp_path: Path):
    wrong = Absence(impl="mine", outcome="wrong", stage="verify", message="dw is off")
    at_fault = raced._replace(absences=[*raced.absences, wrong])
    told = "Wrong gradient, so not timed: mine."
    assert sentences(at_fault) == [told, *sentences(raced)]
    answer, _, first = write_report(done(), REQUEST, tmp_path, at_fault).read_text().splitlines()[2:5]
    assert answer == f"**{told}**"
    assert first.startswith("- Accuracy: ")


def test_what_is_said_is_what_was_compared(raced):
    same, speed = sentences(raced)
    assert same.startswith(
        "One curve: the costs from 3 implementations agree at 3 iterations from 0 to 150, as far as each descent ran: "
    )
    assert same.endswith("All printed digits are the same.")
    assert speed == (
        "numba_fused made 150 iterations in 1.50 s; numpy_vectorized took 3.00 s, 2.00× as long; "
        "the slide's loop would take (predicted) 300 s, 200× as long."
    )
    part = raced._replace(expected=raced.expected[:2])
    assert "at 2 iterations from 0 to 100" in sentences(part)[0]
    assert sentences(part)[1].startswith("Later costs weren't compared")
    assert "agree at iteration 0, as far" in sentences(raced._replace(expected=raced.expected[:1]))[0]
    assert "One curve" not in sentences(part)[0] + against_iterations(part).title
    assert "From iteration 150 on, costs can't be compared" in sentences(part._replace(vague=150))[1]


def test_other_digits_are_seen(raced):
    assert same_digits(raced)
    other = raced._replace(ran=[*raced.ran, ran("numba_loop", 0.1, off=1e-6)])
    assert not same_digits(other)
    assert "digits" not in sentences(other)[0]
    assert "within the rounding bound" in against_iterations(other).title


def test_one_curve_against_iterations_and_several_against_seconds(raced):
    one, several = against_iterations(raced), against_seconds(raced)
    assert one.title == "One curve: 3 implementations make the same descent, to every printed digit"
    assert several.title == "numba_fused makes the descent in 1.5 s; the slide's loop would need 200× as long"
    solid = [line for line in several.figure.axes[0].lines if line.get_linestyle() == "-" and len(line.get_xdata()) > 1]
    assert [line.get_xdata()[-1] for line in solid] == pytest.approx([1.5, 3.0, 200.0])
    (dotted,) = [line for line in several.figure.axes[0].lines if line.get_linestyle() not in ("-", "None")]
    assert dotted.get_xdata()[-1] == pytest.approx(300.0)


def test_a_curve_bends_before_the_second_look_and_begins_after_the_first_step(raced):
    more = raced._replace(early=[(1, 0.65), (10, 0.6)])
    lines = [line for line in against_seconds(more).figure.axes[0].lines if len(line.get_xdata()) > 1]
    assert lines[0].get_xdata() == pytest.approx([0.01, 0.1, 1.0, 1.5])
    assert lines[0].get_ydata() == pytest.approx([0.65, 0.6, 0.5, 0.45])
    common, one, *_ = against_iterations(more).figure.axes[0].lines
    assert [*common.get_xdata()] == [*one.get_xdata()] == [0, 1, 10, 100, 150]
    shown = descents(done(), more)[0]["looks"]
    assert [look[0] for look in shown] == [0, 1, 10, 100, 150]
    assert [look[1] for look in shown] == pytest.approx([0, 0.01, 0.1, 1.0, 1.5])


def test_a_predicted_curve_bends_before_the_second_look_as_well(raced):
    slow = Ran("python_graph", "autodiff", 3.0, [Look(0, 0.0, raced.costs[0][1])], 0.0, "too slow", None)
    more = raced._replace(ran=[*raced.ran, slow], early=[(1, 0.65), (10, 0.6)])
    lines = against_seconds(more).figure.axes[0].lines
    *_, dotted = [line for line in lines if line.get_linestyle() not in ("-", "None")]
    assert dotted.get_xdata() == pytest.approx([3.0, 3.0, 30.0, 300.0, 450.0])
    assert dotted.get_ydata()[1:3] == pytest.approx([0.65, 0.6])
    assert [look[0] for look in descents(done(), more)[-1]["ahead"]] == [0, 1, 10, 100, 150]


def test_looks_that_nobody_shares_are_not_drawn(raced):
    """A racer that stops in between looks where the others don't: its line would leave theirs."""
    odd = ran("python_graph", 3.0, until=100)
    odd.looks.append(Look(117, 351.0, 0.9))
    more = raced._replace(ran=[*raced.ran, odd])
    for picture in (against_iterations(more), against_seconds(more)):
        assert max(line.get_ydata().max() for line in picture.figure.axes[0].lines if len(line.get_ydata())) < 0.7
    shown = descents(done(), more)[-1]
    assert [look[0] for look in shown["looks"]] == [0, 100]
    assert shown["looks"][0][1] == 3.0
    assert [look[0] for look in shown["ahead"]] == [100, 150]


def test_a_race_whose_cost_rose_says_so(raced):
    rising = raced._replace(costs=[(0, 0.7), (150, 30.0)], notes=("the cost rose: alpha 5 is too large",))
    assert against_iterations(rising).title == "The cost rose in 150 iterations"


def test_the_terminal_shows_costs_then_the_race_in_80_columns(raced):
    told = io.StringIO()
    events = [Begun(24, 10, 48, ("non-cat", "cat")), *(State(at, J, None, None) for at, J in COSTS), raced]
    training_race.show(events, console=Console(file=told, width=80))
    lines = told.getvalue().splitlines()
    assert lines[2] == "iteration 100  cost 0.500000"
    assert max(map(len, lines)) <= 80
    assert "unavailable: jax_jit (import): needs the package jax" in lines
    assert any(line.startswith("numba_fused made 150 iterations") for line in lines)


def test_the_report_has_it_all(raced, tmp_path: Path):
    report = write_report(raced.first.done, REQUEST, tmp_path, raced).read_text()
    assert "| numba_fused | 1.00 s | 1.50 s |" in report
    assert "unavailable: jax_jit (import): needs the package jax" in report
    assert report.index("costs_against_seconds.png") < report.index("(costs.png)") < report.index("weights.png")
    data = json.loads((tmp_path / "training.json").read_text())
    looks = {one["implementation"]: one["looks"] for one in data["descents"]}
    assert looks["numba_fused"][1] == {"iteration": 100, "steps_s": 1.0, "cost": 0.50000001}
    assert data["compared"][1] == {"iteration": 100, "cost": 0.5, "limit": 1e-6}
    assert data["test"] | {"true_0": 3, "false_1": 1, "false_0": 2, "true_1": 4} == data["test"]
    assert (data["test"]["accuracy"], data["test"]["majority"], data["threshold"]) == (0.7, 0.6, 0.5)


@pytest.fixture
def tab(browser, raced, tmp_path):  # noqa: F811
    hostile = ran(HOSTILE, 0.5)
    write_report(raced.first.done, REQUEST, tmp_path, raced._replace(ran=[*raced.ran, hostile]))
    context = browser.new_context(offline=True)
    tab = context.new_page()
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto((tmp_path / "index.html").as_uri())
    tab.wait_for_selector("#iterations .main-svg")
    yield tab
    assert said == []
    context.close()


def test_the_page_draws_every_descent_and_hides_one(tab):
    def lines(figure: str) -> list[float]:
        return tab.evaluate(f"document.querySelector('#{figure} > div').data.map((trace) => trace.x.at(-1))")

    assert lines("seconds") == [1.5, 3, 75, 200, 300]
    assert lines("iterations") == [150, 150, 150, 100]
    assert "Dotted: predicted" in tab.text_content("#seconds-note")
    tab.click("#legend button:last-child")
    assert lines("seconds") == [1.5, 3, 75]
    assert lines("iterations") == [150, 150, 150]
    tab.click("#theme")
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_page_has_words_for_charts_and_pictures(tab):
    charts = "document.querySelectorAll('figure > div')"
    words = tab.evaluate(f"[...{charts}].map((plot) => plot.getAttribute('aria-label'))")
    assert "numba_fused 1.50 s" in words[0]
    assert "python_loop about 300 s" in words[0]
    assert words[1].startswith(
        "The cost goes from 0.693147 to 0.450000 in 150 iterations; 3 of 4 implementations reached"
    )
    pictures = tab.evaluate("[...document.images].map((image) => [image.alt, image.naturalWidth > 0])")
    assert [alt for alt, _ in pictures] == [
        "The weights as an image: which pixels indicate cat",
        "The most certain predictions, right and wrong",
    ]
    assert all(loaded for _, loaded in pictures)
    assert tab.evaluate("document.querySelectorAll('img[src=\"x\"], b').length") == 0
    heads = tab.evaluate("[...document.querySelectorAll('#tables h2')].map((head) => head.textContent)")
    assert heads == [
        "Race of descents",
        "Quality of the classifier",
        "Confusion matrix of the train examples",
        "Confusion matrix of the test examples",
        "All costs",
    ]


def test_labels_beside_each_other_are_few(raced):
    """Every second one of ten powers of ten has a label, as "1000 s" and "10,000 s" would overlap."""
    slow = raced._replace(ran=[*raced.ran, ran("numba_loop", 1e-7), ran("python_graph", 1e3)])
    axes = against_seconds(slow).figure.axes[0]
    low, high = axes.get_xlim()
    shown = [at for at in axes.xaxis.get_major_locator()() if low <= at <= high]
    assert 4 <= len(shown) <= 7
