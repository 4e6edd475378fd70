"""The page in a real browser, opened from disk with the network cut: what is shown is what the results say.

Where no Chromium is found the tests in a browser are skipped; GRADRACE_NEEDS_BROWSER=1 makes that a failure.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gradrace.bench.race.sizes import full_cells
from gradrace.bench.results import FLOOR_CUDA, Absence, Cell, Results
from gradrace.bench.results_file import write
from gradrace.bench.text import duration, significant
from gradrace.reports.analysis.analysis import Analysis, analyses
from gradrace.reports.analysis.cost_models import fitted_pieces, likely_fastest
from gradrace.reports.history.history_report import write_report as write_history
from gradrace.reports.page.build import SCRIPT_SAFE, render, write_folder
from gradrace.reports.page.page_data import page_data
from tests.reports.conftest import COST_MODELS
from tests.results import results_of

CELLS = [cell for cell in full_cells(["float64"], threads=2) if cell.m in (1, 100, 10_000) or cell.n_x == 100]
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
HOSTILE = "</script><img src=x onerror=alert(1)><b>\"'& \u202e\u05d0" + "x" * 10_000


PATIENCE_MS = 120_000
"""Timeout of one step of the page: a busy machine took over 30 s to draw."""


def context_of(browser: Any, **options: Any) -> Any:
    """A window of its own, without a network."""
    context = browser.new_context(offline=True, **options)
    context.set_default_timeout(PATIENCE_MS)
    return context


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    program = next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )
    if program is None:
        if os.environ.get("GRADRACE_NEEDS_BROWSER"):
            pytest.fail("no Chromium is installed, but GRADRACE_NEEDS_BROWSER is set")
        pytest.skip("no Chromium is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield started
        started.close()


def write_page(several: Sequence[Analysis], folder: Path) -> None:
    write_folder(folder, "", [], "page", page_data(several))


class Page:
    """The page of some results, open; whatever its console says is kept."""

    def __init__(self, browser: Any, several: Sequence[Analysis], folder: Path, **options: Any) -> None:
        self.table = several[0].table
        write_page(several, folder)
        self.context = context_of(browser, **options)
        self.tab = self.context.new_page()
        self.said: list[str] = []
        self.tab.on("console", lambda message: self.said.append(message.text))
        self.tab.on("pageerror", lambda error: self.said.append(str(error)))
        self.tab.on("dialog", lambda dialog: self.said.append(f"dialog: {dialog.message}"))
        self.tab.goto((folder / "index.html").as_uri())
        self.tab.locator("#time").scroll_into_view_if_needed()  # it is drawn when it comes near
        self.tab.wait_for_selector("#time .main-svg")

    def traces(self, chart: str) -> list[dict[str, Any]]:
        self.tab.locator(f"#{chart}").scroll_into_view_if_needed()
        self.tab.wait_for_selector(f"#{chart} .main-svg")
        found: list[dict[str, Any]] = self.tab.evaluate(
            f"document.querySelector('#{chart} .js-plotly-plot').data"
            ".map(trace => ({name: trace.name, x: trace.x, y: trace.y, z: trace.z, text: trace.text}))"
        )
        return found

    def rows(self) -> list[list[str]]:
        found: list[list[str]] = self.tab.evaluate(
            "[...document.querySelectorAll('#table tbody tr')].map(row => [...row.cells].map(cell => cell.textContent))"
        )
        return found


@pytest.fixture
def page(browser: Any, make: Callable[..., Results], tmp_path: Path) -> Iterator[Page]:
    opened = Page(browser, analyses([make(cells=CELLS, absences=())]), tmp_path)
    yield opened
    opened.context.close()
    assert opened.said == []


def test_the_first_chart_shows_the_medians_of_the_results(page):
    table = page.table[page.table.n_x == 100].sort_values("m")
    traces = {trace["name"]: trace for trace in page.traces("time")}
    assert set(traces) == {*table.impl, "the limit"}
    for impl, rows in table.groupby("impl"):
        assert traces[impl]["x"] == rows.m.tolist()
        assert traces[impl]["y"] == pytest.approx(rows.median_s.tolist(), rel=1e-3)
    assert traces["the limit"]["y"] == pytest.approx(table.groupby("m").floor_s.first().tolist(), rel=1e-3)


def test_hovering_tells_median_interval_and_samples(page):
    page.tab.locator("#time .points path").first.hover(force=True)
    page.tab.wait_for_selector("#time .hoverlayer .hovertext")
    told = page.tab.locator("#time .hoverlayer .hovertext").first.text_content()
    assert re.search(r"m = .*n_x = 100.*time of one gradient .*interval .* to .*\d+ samples", told)


def test_an_implementation_that_is_hidden_is_hidden_everywhere(page):
    page.traces("winners")
    press = page.tab.get_by_role("button", name="numba_loop")
    press.click()
    assert press.get_attribute("aria-pressed") == "false"
    for chart in ("time", "speedup", "share", "error"):
        assert "numba_loop" not in {trace["name"] for trace in page.traces(chart)}
    assert all("numba_loop" not in text for line in page.traces("winners")[0]["text"] for text in line)
    assert "numba_loop" not in {row[0] for row in page.rows()}
    press.press("Enter")
    assert "numba_loop" in {trace["name"] for trace in page.traces("time")}


def test_the_table_sorts_filters_and_shows_all_rows(page):
    assert len(page.rows()) == len(page.table)
    page.tab.get_by_role("button", name="time", exact=True).click()
    fastest = page.table.sort_values("median_s").iloc[0]
    assert page.rows()[0][:4] == [fastest.impl, "fastest", str(fastest.m), str(fastest.n_x)]
    page.tab.get_by_role("button", name="time", exact=True).click()
    slowest = page.table.sort_values("median_s").iloc[-1]
    assert page.rows()[0][0] == slowest.impl
    assert page.tab.locator("th[aria-sort=descending]").text_content() == "time"
    page.tab.locator("#filter").fill("numba_loop 100")
    assert {row[0] for row in page.rows()} == {"numba_loop"}


def test_the_models_stand_there_with_their_intervals(page):
    page.traces("model")
    models = fitted_pieces(page.table)
    shown = page.tab.evaluate(
        "[...document.querySelectorAll('#models tbody tr')].map(row => [...row.cells].map(cell => cell.innerText))"
    )
    assert len(shown) == len(models)
    assert [row[0] for row in shown if row[0]] == list(dict.fromkeys(model.impl for model in models))
    for row, model in zip(shown, models, strict=True):
        terms = zip(model.piece.terms, model.low.terms, model.high.terms, strict=True)
        for cell, figures in zip(row[2:6], terms, strict=True):
            middle, low, high = (duration(seconds, 2) for seconds in figures)
            assert cell == f"{middle}\n{low} to {high}"


def test_the_page_rounds_as_the_report_does(page):
    edges = [digits * 10.0**power for power in range(-8, 11) for digits in (1, 1.305, 2.155, 9.94, 9.995, 9.9949)]
    values = [*edges, 0.0001305, 2.155e-6, 115.5, 0.0, -130.5e-6]
    shown = page.tab.evaluate(
        "values => values.map(one => [duration(one), significant(one), significant(one, 2)])", values
    )
    assert shown == [[duration(one), significant(one), significant(one, 2)] for one in values]


def test_another_slice_baseline_and_theme_are_drawn_at_once(page):
    page.tab.locator("#slice").select_option(label="against n_x, at m = 100")
    rows = page.table[(page.table.m == 100) & (page.table.impl == "numba_loop")].sort_values("n_x")
    traces = {trace["name"]: trace for trace in page.traces("time")}
    assert traces["numba_loop"]["x"] == rows.n_x.tolist()
    page.tab.locator("#baseline").select_option(label="numpy_vectorized")
    speedups = {trace["name"]: trace for trace in page.traces("speedup")}
    assert speedups["numpy_vectorized"]["y"] == [1] * len(rows)
    before = page.tab.evaluate("getComputedStyle(document.body).backgroundColor")
    page.tab.locator("#theme").click()
    assert page.tab.evaluate("getComputedStyle(document.body).backgroundColor") != before


def test_the_advice_names_the_fastest_by_model(page):
    page.tab.locator("#ask-m").fill("5000")
    page.tab.locator("#ask-n_x").fill("300")
    told = page.tab.locator("#advice").text_content()
    assert told.startswith("numpy_vectorized, ≈ ")  # 0.35 ns an element against numba_parallel's 0.7
    assert "python_loop" in told
    assert "Predicted" in told


def test_the_advice_is_what_was_measured_where_it_was(page):
    row = next(page.table[(page.table.m == 100) & (page.table.n_x == 100)].itertuples())
    page.tab.locator("#ask-m").fill("100")
    page.tab.locator("#ask-n_x").fill("100")
    told = page.tab.locator("#advice").text_content()
    assert told.startswith(f"{row.impl}, {duration(row.median_s, 2)} a gradient; ")
    assert told.endswith(". Measured.")


def test_no_advice_is_given_beyond_what_was_measured(page):
    """8 TB: ten times what was measured are passed."""
    page.tab.locator("#ask-m").fill("1000000")
    page.tab.locator("#ask-n_x").fill("1000000")
    told = page.tab.locator("#advice").text_content()
    assert told.startswith("no prediction: the measured sizes are m from 1 to ")


def test_where_the_fastest_has_no_model_the_advice_is_to_measure_that_size(page):
    page.tab.evaluate(
        "impl => { const at = setting(); at.models = at.models.filter((one) => one.impl !== impl);"
        " at.unmodelled = [impl]; }",
        page.tab.evaluate("data.impls.findIndex(({ name }) => name === 'numba_loop')"),
    )
    page.tab.locator("#ask-m").fill("5002")
    page.tab.locator("#ask-n_x").fill("302")
    told = page.tab.locator("#advice").text_content()
    page.tab.reload()
    assert told.startswith("no prediction: numba_loop may be faster than numpy_vectorized (≈ ")


def test_where_a_model_is_too_uncertain_the_advice_is_to_measure_that_size(page):
    """The default size lies between measured ones: their range was given as the reason."""
    page.tab.evaluate("setting().models.find(({ impl }) => name(impl) === 'numba_loop').lows.fill(0)")
    page.tab.locator("#ask-m").fill("5001")
    page.tab.locator("#ask-n_x").fill("301")
    told = page.tab.locator("#advice").text_content()
    assert told.startswith("no prediction: numba_loop may be faster than numpy_vectorized (≈ ")
    assert told.endswith("; measure it: gradrace run --m 5001 --nx 301")


def test_the_page_predicts_where_the_models_do_and_names_the_same(page, make):
    """The rule stands twice, in cost_models.py and in page.js, as readers ask for sizes of their own."""
    by = Analysis(make(cells=CELLS, absences=())).predictors["float64", 2, False]
    names = page.tab.evaluate("data.impls.map(({ name }) => name)")
    sizes = [(m, n_x) for m in (1, 7, 300, 5000, 400_000, 3_000_000) for n_x in (1, 40, 3000, 60_000, 200_000)]
    said = page.tab.evaluate(
        "sizes => sizes.map(([m, n_x]) => [predictions(m, n_x).map(({ impl }) => impl).sort((a, b) => a - b),"
        " likelyFastest(m, n_x).map(({ impl }) => impl)])",
        sizes,
    )
    for (m, n_x), (held, best) in zip(sizes, said, strict=True):
        cell = Cell(m, n_x, threads=2)
        assert {names[impl] for impl in held} == {impl for impl, one in by.items() if one.seconds(cell) is not None}
        assert tuple(names[impl] for impl in best) == likely_fastest(by, cell), cell
    assert len({len(held) for held, _ in said}) > 1  # or the rule was never put to the test


def test_the_map_and_the_table_name_the_winners_of_the_analysis(browser, make, tmp_path):
    twins = dict.fromkeys(("a", "b", "c", "d"), ("compiled", 1e-06, 0.0, 1e-09))
    run = Analysis(make({**twins, "python_loop": ("loop", 1e-6, 0.0, 65e-9)}, CELLS, ()))
    won = {(one.cell.m, one.cell.n_x): one.names for one in run.winners["float64", 2, False]}
    assert {len(names) for names in won.values()} >= {4}
    opened = Page(browser, [run], tmp_path)
    shown = opened.tab.evaluate(
        "Object.keys(setting().standings).map((key) => [key, fastest(...key.split(' ').map(Number)).map(name)])"
    )
    assert {tuple(map(int, key.split())): tuple(names) for key, names in shown} == won
    (trace,) = opened.traces("winners")
    told = {text.partition("tied: ")[2] for line in trace["text"] for text in line if "tied: " in text}
    assert any(words.endswith(" and 1 more") and words.count(",") == 2 for words in told)
    words = opened.tab.locator("#winners figcaption").text_content()
    tied = sum(len(names) > 1 and "a" in names for names in won.values())
    assert words.startswith(f"The fastest of {len(won)} cells: ")
    assert f"a in {sum(names == ('a',) for names in won.values())}, tied in {tied}" in words
    places = {(row[0], int(row[2].replace(",", "")), int(row[3].replace(",", ""))): row[1] for row in opened.rows()}
    for (impl, m, n_x), place in places.items():
        names = won[m, n_x]
        assert place == ("" if impl not in names else "tied" if len(names) > 1 else "fastest")
    opened.context.close()


def test_the_map_marks_where_the_predicted_fastest_was_not_measured(browser, make, tmp_path):
    there = max(CELLS, key=lambda cell: cell.m * cell.n_x)
    run = make(cells=CELLS, absences=())
    fastest = Analysis(run).winners["float64", 2, False]
    (names,) = (one.names for one in fastest if one.cell == there)
    left_out = [one for one in run.measurements if one.cell != there or one.impl not in names]
    opened = Page(browser, [Analysis(replace(run, measurements=left_out))], tmp_path)
    (trace,) = opened.traces("winners")
    told = [text for line in trace["text"] for text in line if "not measured, but the fastest as predicted" in text]
    assert [re.search(r"m = ([\d,]+), n_x = ([\d,]+)", text).groups() for text in told] == [
        (f"{there.m:,}", f"{there.n_x:,}")
    ]
    assert "Cells marked ?" in opened.tab.locator("#winners figcaption").text_content()
    assert opened.said == []
    opened.context.close()


def test_the_loops_line_goes_on_dashed_where_it_is_predicted(browser, make, tmp_path):
    opened = Page(browser, analyses([make()]), tmp_path)
    traces = {trace["name"]: trace for trace in opened.traces("time")}
    assert traces["≈ python_loop"]["x"] == [10_000, 100_000]
    assert "predicted, not measured: ≈ " in traces["≈ python_loop"]["text"][1]
    assert opened.tab.locator("#time figcaption").text_content().endswith("Dashed, ≈: predicted.")
    opened.tab.get_by_role("button", name="python_loop").click()
    assert "≈ python_loop" not in {trace["name"] for trace in opened.traces("time")}
    assert opened.said == []
    opened.context.close()


def test_every_chart_has_words_for_those_who_cannot_see_it(page):
    for chart in ("time", "speedup", "share", "winners", "model", "error"):
        page.traces(chart)
        words = page.tab.locator(f"#{chart} figcaption").text_content()
        assert len(words) > 30
        assert page.tab.locator(f"#{chart} [role=img]").get_attribute("aria-label") == words


NAMES = """
[...document.querySelectorAll('#time .annotation-text')].map(text => [text.textContent, text.getBoundingClientRect().y])
"""


def test_every_curve_has_its_name_beside_its_end_and_no_name_covers_another(page):
    names = page.tab.evaluate(NAMES)
    assert {name for name, _ in names} == {trace["name"] for trace in page.traces("time") if "≈" not in trace["name"]}
    heights = sorted(height for _, height in names)
    assert min(after - before for before, after in pairwise(heights)) >= 11
    page.tab.click("#legend button:has-text('numba_loop')")
    assert "numba_loop" not in {name for name, _ in page.tab.evaluate(NAMES)}


def test_names_of_curves_that_end_early_do_not_cover_each_other(browser, make, tmp_path):
    twins = dict.fromkeys(("a", "b", "c"), ("compiled", 1e-06, 0.0, 1e-09))
    run = make({**twins, "python_loop": ("loop", 1e-6, 0.0, 65e-9)}, CELLS, ())
    kept = [one for one in run.measurements if one.impl not in twins or one.cell.m <= 100]
    opened = Page(browser, analyses([replace(run, measurements=kept)]), tmp_path)
    heights = sorted(height for name, height in opened.tab.evaluate(NAMES) if name in twins)
    assert len(heights) == len(twins)
    assert min(after - before for before, after in pairwise(heights)) >= 11
    opened.context.close()


def test_on_a_phone_nothing_is_wider_than_the_screen(browser, make, tmp_path):
    opened = Page(browser, analyses([make(cells=CELLS, absences=())]), tmp_path, viewport={"width": 375, "height": 700})
    assert opened.tab.evaluate("document.documentElement.scrollWidth") <= 375
    assert opened.tab.evaluate(NAMES) == []
    opened.tab.set_viewport_size({"width": 900, "height": 700})
    opened.tab.wait_for_selector("#time .annotation-text")
    opened.context.close()


def test_another_result_is_drawn_dashed_beside(browser, make, tmp_path):
    slower = {"numba_loop": ("compiled", 1e-6, 0.0, 3e-9), "python_loop": ("loop", 1e-6, 0.0, 1e-7)}
    several = analyses([make(cells=CELLS, absences=()), make(models=slower, cells=CELLS, absences=())])
    opened = Page(browser, several, tmp_path)
    opened.tab.locator("#beside").select_option(label="B, float64, 2 threads")
    traces = {trace["name"]: trace for trace in opened.traces("time")}
    beside = traces["numba_loop (B, float64, 2 threads)"]
    rows = several[1].table[(several[1].table.impl == "numba_loop") & (several[1].table.n_x == 100)].sort_values("m")
    assert beside["y"] == pytest.approx(rows.median_s.tolist(), rel=1e-3)
    assert opened.traces("speedup")
    assert opened.said == []
    opened.context.close()


def test_hostile_names_are_text_and_run_nothing(browser, make, tmp_path):
    absence = Absence(impl=HOSTILE, outcome="failed", stage=HOSTILE, message=HOSTILE)
    models = {HOSTILE: (HOSTILE, 1e-6, 0.0, 1e-9), "python_loop": ("loop", 1e-6, 0.0, 1e-8)}
    opened = Page(browser, analyses([make(models=models, cells=CELLS, absences=(absence,))]), tmp_path)
    for chart in ("speedup", "share", "winners", "model", "error"):
        opened.traces(chart)
    opened.tab.locator("#time .points path").first.hover(force=True)
    assert opened.tab.evaluate("document.querySelectorAll('img, b, main script').length") == 0
    assert "</script><img src=x" in opened.tab.locator("#legend").text_content()
    assert opened.said == []
    opened.context.close()


def test_a_run_of_one_size_has_a_row_for_each_implementation(browser, make, tmp_path):
    """Lines of one point each told nothing, and a map of one tile."""
    opened = Page(browser, analyses([make(cells=[Cell(1000, 100)], absences=())]), tmp_path)
    for chart in ("time", "speedup", "share", "error"):
        traces = opened.traces(chart)
        assert all(trace["y"] == [trace["name"]] and len(trace["x"]) == 1 for trace in traces), chart
        assert len(traces) == len({trace["name"] for trace in traces}) == 5
    assert opened.tab.locator("#winners").is_hidden()
    assert opened.tab.locator("#slice").inner_text().strip() == "at m = 1000, n_x = 100"
    assert opened.said == []
    opened.context.close()


def test_a_run_of_one_implementation_has_no_speed_up_and_no_map(browser, make, tmp_path):
    """It was compared with itself, by a line at 1×."""
    alone = make(models={"numba_loop": COST_MODELS["numba_loop"]}, absences=())
    opened = Page(browser, analyses([alone]), tmp_path)
    assert opened.tab.locator("#speedup").is_hidden()
    assert opened.tab.locator("#winners").is_hidden()
    assert opened.tab.locator("#share").is_visible()
    assert opened.said == []
    opened.context.close()


def test_many_absences_are_folded_and_what_is_wrong_is_not(browser, make, tmp_path):
    many = [Absence(impl=f"slow_{n}", outcome="skipped", stage="plan", message=f"{n} s") for n in range(40)]
    wrong = Absence(impl="mine", outcome="wrong", stage="verify", message="dw is off")
    opened = Page(browser, analyses([make(cells=CELLS, absences=(*many, wrong))]), tmp_path)
    assert opened.tab.locator("#faults li").all_text_contents() == ["wrong: mine (verify): dw is off"]
    assert opened.tab.locator("#faults li").is_visible()
    assert opened.tab.locator("#absences li").count() == 40
    assert opened.tab.locator("#absences li").first.is_hidden()
    opened.tab.get_by_text("40 reasons for missing measurements").click()
    assert opened.tab.locator("#absences li").first.is_visible()
    opened.context.close()


def test_where_the_gpu_pays_is_told_and_its_limit_is_a_line_of_its_own(browser, make, page, tmp_path):
    assert page.tab.locator("#gpu").is_hidden()
    models = {
        "numba_loop": ("compiled", 6e-7, 16e-9, 1.4e-9),
        "triton_fused@cuda": ("compiled", 4e-5, 0.0, 1e-12),
        FLOOR_CUDA: ("limit", 1e-5, 0.0, 0.8e-12),
    }
    (tmp_path / "gpu").mkdir()
    opened = Page(browser, analyses([make(models, CELLS, ())]), tmp_path / "gpu")
    rows = opened.tab.locator("#gpu tbody tr")
    assert rows.count() == len(CELLS)
    assert rows.first.locator("td").last.text_content() == "never"
    assert "gradient" in rows.last.locator("td").last.text_content()
    limits = {trace["name"]: trace["y"] for trace in opened.traces("time") if "limit" in trace["name"]}
    assert max(limits["the GPU's limit"]) < max(limits["the limit"])
    assert opened.said == []
    opened.context.close()


def test_nothing_measured_is_a_page_too(browser, tmp_path):
    results = results_of()
    write_page(analyses([results]), tmp_path)
    context = context_of(browser)
    tab = context.new_page()
    said: list[str] = []
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto((tmp_path / "index.html").as_uri())
    assert tab.locator("#headline").text_content() == "Nothing was measured."
    assert said == []
    context.close()


@pytest.mark.parametrize("damaged", [False, True])
def test_without_its_script_the_page_has_words_and_says_what_lacks(browser, make, tmp_path, damaged):
    write_page(analyses([make(cells=CELLS, absences=())]), tmp_path)
    script = tmp_path / "plotly.min.js"
    script.write_text(script.read_text()[:1000]) if damaged else script.unlink()
    context = context_of(browser)
    tab = context.new_page()
    tab.goto((tmp_path / "index.html").as_uri())
    for chart in ("time", "share"):
        tab.locator(f"#{chart}").scroll_into_view_if_needed()
        tab.wait_for_function(f"document.querySelector('#{chart} figcaption')?.textContent.startsWith('(No chart: ')")
    tab.locator("#legend button").first.click()
    assert tab.locator("#time figcaption").text_content().startswith("(No chart: plotly.min.js is not beside this page")
    context.close()


def test_ratios_of_medians_are_called_so(browser, make, tmp_path, monkeypatch):
    several = analyses([make(cells=CELLS, absences=())])
    opened = Page(browser, several, tmp_path)
    assert "within rounds" in opened.tab.locator("#ratios").text_content()
    opened.context.close()
    monkeypatch.setattr("gradrace.reports.page.page_data.MOST_PAIRS", 10)
    opened = Page(browser, several, tmp_path)
    assert "of medians" in opened.tab.locator("#ratios").text_content()
    assert opened.traces("speedup")
    assert opened.said == []
    opened.context.close()


def test_the_data_cannot_end_its_element(make):
    models = {HOSTILE: ("loop", 1e-6, 0.0, 1e-9)}
    results = make(models=models, cells=CELLS[:3], absences=())
    html = render("page", page_data(analyses([results])))
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert json.loads(data)["impls"][0]["name"].startswith("</script><img")
    assert not set("<>&\u2028\u2029") & set(data)
    assert len(SCRIPT_SAFE) == 5


def test_many_cells_stay_small(make):
    """1000 cells, with what plotly.min.js takes, are under 6 MB; without ratios within rounds, if need be."""
    models = {f"impl{number}": ("compiled", 1e-6, 0.0, 1e-9 * (number + 1)) for number in range(4)}
    cells = [Cell(10 + 37 * i, 10 + 41 * j) for i in range(25) for j in range(40)]
    results = make(models=models, cells=cells, absences=())
    assert len(json.dumps(page_data(analyses([results])))) < 6_000_000 - 4_900_000


def test_one_whose_technique_is_not_told_stands_beside_others(make: Callable[..., Results]) -> None:
    results = make(cells=[Cell(10, 10)], absences=())
    first, *others = results.measurements
    untold = replace(first, extra=replace(first.extra, technique=None))
    looks = page_data(analyses([replace(results, measurements=[untold, *others])]))["impls"]
    assert {one["technique"] for one in looks if one["name"] == first.impl} == {"unknown"}


@pytest.mark.parametrize("name", ["numba_fused", HOSTILE])
def test_a_history_is_explored_too(browser: Any, make: Callable[..., Results], tmp_path: Path, name: str) -> None:
    for day in range(1, 9):
        results = make(cells=CELLS[:2], absences=())
        renamed = [replace(one, impl=name if one.impl == "numba_fused" else one.impl) for one in results.measurements]
        (tmp_path / str(day)).mkdir()
        dated = replace(results, measurements=renamed, datetime=f"2026-11-{day:02}", commit={"id": HOSTILE})
        write(tmp_path / str(day) / "results.json", dated)
    (tmp_path / "history").mkdir()
    write_history(tmp_path, tmp_path / "history")
    context = context_of(browser)
    tab, said = context.new_page(), list[str]()
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("dialog", lambda dialog: said.append(dialog.message))
    tab.goto((tmp_path / "history" / "index.html").as_uri())
    tab.wait_for_selector("#history .main-svg")

    def traces() -> list[str]:
        found: list[str] = tab.evaluate(
            "document.querySelector('#history .js-plotly-plot').data.map(({ name }) => name)"
        )
        return found

    before = traces()
    assert len(before) > 1
    tab.locator("#legend button").first.click()
    assert len(traces()) == len(before) - 1
    tab.select_option("#figure", label="speed-up over the slide's loop")
    assert "×" in (tab.locator("#history figcaption").text_content() or "")
    tab.locator("#theme").click()
    assert len(traces()) == len(before) - 1
    assert said == []
    context.close()
