"""report.md begins with the answer, holds every figure of the tables, and shows foreign text as text."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace

from gradrace.bench.results import Absence, Cell, Results
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.analysis.tables import tidy
from gradrace.reports.report import render
from gradrace.reports.text.markdown import text

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "a|b",
    "two\n\n# lines",
    "`tick` **bold** _em_ __init__ ~~gone~~",
    "[link](http://x) ![image](y)",
    "\\| \\` \\",
    "&amp; &#124; $x$ @someone #1",
    "- item",
    "1. item",
    "> quote",
    "\x1b[31mred\u202e",
    "x" * 10_000,
]


class _Words(HTMLParser):
    """The text of a page, and the names of its tags."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def page(markdown: str) -> _Words:
    parser = _Words()
    parser.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown))
    return parser


def report(results: Results) -> str:
    return render(Analysis(results), {"time": "what is seen"})


def rows_of(markdown: str, title: str) -> list[list[str]]:
    """The rows of the table under a title, without its heads."""
    below = markdown.partition(f"## {title}\n\n")[2].partition("\n\n")[0]
    return [[word.strip() for word in line.split("|")[1:-1]] for line in below.splitlines()[2:]]


def test_the_answer_comes_first_then_the_figures_then_the_tables(results: Results) -> None:
    lines = report(replace(results, absences=[])).splitlines()
    assert re.match(
        r"\*\*At m = 1000, n_x = 100 vectorizing made the loop \d+× faster \(numpy_vectorized; .*\*\*", lines[2]
    )
    figure = lines.index("[![what is seen](time.png)](time.svg)")
    assert figure < 15
    assert figure < next(place for place, line in enumerate(lines) if line.startswith("## "))


def test_a_slice_has_a_row_for_every_measurement_and_every_absence(results: Results) -> None:
    rows = rows_of(report(results), "Against m, at n_x = 100 (float64, 2 threads)")
    assert len(rows) == 25
    assert [row[0] for row in rows if row[0]] == ["10", "100", "1000", "10,000", "100,000"]
    assert rows[-1] == ["", "python_loop", "", "skipped", "", "", "", "", ""]


def test_the_reason_of_an_absence_stands_below_its_table(results: Results) -> None:
    below = report(results).split("## Against m")[1].split("\n## ")[0]
    assert "- skipped: python_loop at m = 100,000 (plan): a call would take 0.7 s" in below
    nowhere = report(results).split("## Not measured at any size")[1]
    assert "- wrong: numpy_blocked (verify): dw is 4.2e+10 times the bound" in nowhere
    assert "- unavailable: jax_jit (import): No module named 'jax'" in nowhere


def test_a_row_holds_median_interval_speed_up_and_error(make: Callable[..., Results]) -> None:
    models = {"python_loop": ("loop", 1e-3, 0.0, 0.0), "fast": ("vectorized", 1e-5, 0.0, 0.0)}
    results = make(models=models, cells=[Cell(5, 7)], absences=())
    row = next(tidy(results).itertuples())
    ((impl, place, median, interval, speedup, its_interval, its_share, error), loop) = rows_of(
        report(results), "m = 5, n_x = 7 (float64, 1 thread)"
    )
    assert (impl, place, median) == ("fast", "fastest", f"{row.median_s * 1e6:.3g} µs".replace("10 µs", "10.0 µs"))
    assert interval.endswith(" µs")
    assert [float(part) for part in interval[:-3].split("–")] == pytest.approx(
        [row.low_s * 1e6, row.high_s * 1e6], rel=5e-3
    )
    assert float(speedup[:-1]) == pytest.approx(row.speedup, rel=5e-3)
    assert [float(part) for part in its_interval[:-1].split("–")] == pytest.approx(
        [row.speedup_low, row.speedup_high], rel=5e-3
    )
    assert float(its_share.removesuffix(" %")) == pytest.approx(100 * row.share, rel=5e-2)
    assert float(error) == pytest.approx(row.error_over_bound, rel=5e-2)
    assert loop[0] == "python_loop"
    assert loop[4:6] == ["1×", ""]


def test_what_comes_before_the_first_step_is_told(results: Results) -> None:
    rows = {row[0]: row for row in rows_of(report(results), "Before the first step, at m = 1000, n_x = 100")}
    assert rows["numba_loop"][1:3] == ["1.40 s", "200 µs"]
    assert rows["numpy_vectorized"][1] == "150 ms"


def test_what_the_machine_and_the_options_were_is_told(results: Results) -> None:
    told = dict(rows_of(report(results), "Origin"))
    assert told["cpu"] == "AMD EPYC 9R14"
    assert told["blas threads"] == "2"
    assert told["option budget_s"] == "60.0"
    assert told["commit dirty"] == "False"
    assert "avx512f" not in report(results)


@pytest.mark.parametrize(
    "machine", [{}, {"cpu": "a string", "gradrace": 7}, {"cpu": None, "gradrace": {"a": [1, {"b": 2}]}}]
)
def test_no_key_of_the_machine_is_relied_on(machine: dict[str, object]) -> None:
    results = Results(measurements=[], absences=[], machine=machine, commit={}, datetime="")
    assert "Nothing was measured." in report(results)


@pytest.mark.parametrize("foreign", HOSTILE)
def test_foreign_text_is_shown_as_it_is(foreign: str) -> None:
    shown = page(f"| head |\n| :-- |\n| {text(foreign)} |\n")
    assert shown.tags == {"table", "thead", "tbody", "tr", "th", "td"}
    words = "".join(shown.words).split("\n")[1:]
    expected = " ".join("".join(c if c.isprintable() else " " for c in foreign).split())
    assert [word for word in words if word and word != "head"] == [
        expected if len(expected) < 1000 else "x" * 999 + "…"
    ]


def test_a_report_full_of_hostile_names_has_no_markup_of_theirs(make: Callable[..., Results]) -> None:
    models = {name: ("evil<b>", 1e-6 * (place + 1), 0.0, 1e-9) for place, name in enumerate(["python_loop", *HOSTILE])}
    cells = [Cell(m, 3) for m in (1, 2, 3)]
    absent = tuple(Absence(impl=name, outcome="wrong", stage=name, message=name) for name in HOSTILE)
    shown = page(report(make(models=models, cells=cells, absences=absent)))
    ours = {
        "h1",
        "h2",
        "p",
        "strong",
        "ul",
        "li",
        "a",
        "img",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
    }
    assert shown.tags <= ours
    assert "</script><img src=x onerror=alert(1)>" in shown.words
    assert shown.words.count("a|b") >= 3


def test_without_escaping_the_hostile_names_would_show() -> None:
    raw = page("| head |\n| :-- |\n| </script><img src=x onerror=alert(1)> |\n")
    assert "img" in raw.tags
