"""A report in a folder: everything it names is there, or one line says why not."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from msgspec.structs import replace
from rich.console import Console

from gradrace.bench.paths import ROOT
from gradrace.bench.results import (
    ARITHMETIC,
    FLOOR,
    LIMITED_BY,
    OTHER_PERMILLE,
    Absence,
    Cell,
    Extra,
    Measurement,
    Results,
    UnusableInput,
)
from gradrace.reports.analysis.analysis import Analysis, analyses
from gradrace.reports.analysis.grids import glance, measured
from gradrace.reports.analysis.origin import origin
from gradrace.reports.figures.canvas import Picture, titles
from gradrace.reports.figures.race_figures import pictures
from gradrace.reports.glossary import GLOSSARY
from gradrace.reports.page.build import render as render_page
from gradrace.reports.page.build import write_folder
from gradrace.reports.page.page_data import page_data
from gradrace.reports.report import render, write_report
from gradrace.reports.text.markdown import images, text
from gradrace.reports.text.terminal import show
from tests.reports.conftest import GRID
from tests.results import results_of


def test_report_and_figures_are_written_and_nothing_else(results: Results, tmp_path: Path) -> None:
    written = write_report(Analysis(results), tmp_path)
    assert written[0] == tmp_path / "report.md"
    assert sorted(written) == sorted(tmp_path.iterdir())
    named = re.findall(r"\(([\w.]+\.(?:png|svg))\)", written[0].read_text(encoding="utf-8"))
    figures = [path.name for path in written if path.suffix in (".png", ".svg")]
    assert sorted(named) == sorted(figures)
    assert named[0] == "time_m1000_n_x100_float64_threads2.png"  # the cell that the answer speaks of


def test_noise_is_the_second_line_of_every_form(results: Results) -> None:
    run = Analysis(replace(results, absences=[]))  # without faults, which precede it
    noise = run.headline[1]
    assert re.fullmatch(r"Noise: (all 9|\d of 9) sizes (was|were) \w+ \(medians uncertain by ±[\d.]+ %\).*\.", noise)
    assert render(run, {}).splitlines()[2:5] == [f"**{run.headline[0]}**", "", f"- {noise}"]
    page = page_data([run])
    assert (page["headline"], page["sentences"][0]) == (run.headline[0], noise)
    out = io.StringIO()
    show(run, Console(file=out, width=1000))
    lines = out.getvalue().splitlines()
    assert lines[lines.index(run.headline[0]) + 1] == noise
    beside = page_data(analyses([results, results]))
    assert [noise in sentence for sentence in beside["sentences"]] == [True, True]


def disturbed(seconds: Sequence[float], limit: Sequence[float], computing: Sequence[int] = ()) -> Results:
    """Two implementations along m, one of them of these seconds, and the limit: arithmetic at these m."""
    samples = {"numba_fused": seconds, "numba_loop": [9.0] * 8, FLOOR: limit}
    return results_of(
        Measurement(impl=impl, cell=cell, samples_s=[*its], calls=1, extra=extra(cell.m in computing))
        for cell in (Cell(10, 10), Cell(20, 10), Cell(30, 10))
        for impl, its in samples.items()
    )


def extra(computing: bool) -> Extra:
    return Extra(rounds=[*range(8)], facts={LIMITED_BY: ARITHMETIC, OTHER_PERMILLE: 700} if computing else None)


STEADY, UNSTEADY = [1.0] * 8, [0.7, 1.4] * 4


@pytest.mark.parametrize(
    ("seconds", "limit", "share", "words"),
    [
        ([1.25] * 8, STEADY, "80 %", ""),
        ([1.25] * 8, UNSTEADY, "79 %", " The limit was disturbed at m = 10, 20 and 30."),
        ([0.5, 1.1, *[2 / 3] * 6], STEADY, "150 % disturbed", " The limit was disturbed at m = 10, 20 and 30."),
    ],
)
def test_a_limit_that_was_disturbed_is_called_so(
    seconds: list[float], limit: list[float], share: str, words: str
) -> None:
    run = Analysis(disturbed(seconds, limit))
    (section,) = run.sections
    grid = measured(section, run.table, [])
    assert grid.rows[0][6] == share
    assert grid.footnote == f"Limit: reading.{words}"
    assert words in render(run, {})
    (title,) = [picture.title for picture in pictures(run, [section]) if picture.stem.startswith("share")]
    assert title.endswith("of the limit (reading), which was disturbed" if words else "of the limit (reading)")
    (row, *_) = page_data([run])["settings"][0]["rows"]
    assert row[4] == bool(words)


@pytest.mark.parametrize(
    ("computing", "words", "title", "line"),
    [
        ([], "Limit: reading.", "(reading)", "reading X once"),
        ([10, 20, 30], "Limit: arithmetic.", "(arithmetic)", "arithmetic alone"),
        ([10, 20], "Limit: arithmetic at m = 10 and 20, else reading.", "(reading)", "reading/arithmetic"),
    ],
)
def test_tables_figures_and_page_say_which_of_the_two_the_limit_is(
    computing: list[int], words: str, title: str, line: str
) -> None:
    run = Analysis(disturbed([1.25] * 8, STEADY, computing))
    (section,) = run.sections
    grid = measured(section, run.table, [])
    assert grid.footnote == words
    assert grid.rows[0][6] == "80 %"
    assert words in render(run, {})
    drawn = {picture.stem.partition("_")[0]: picture for picture in pictures(run, [section])}
    assert drawn["share"].title.endswith(f"of the limit {title}")
    assert line in {text.get_text() for text in drawn["time"].figure.axes[0].texts}
    page = page_data([run])["settings"][0]
    place = page["columns"].index("computing")
    assert [bool(row[place]) for row in page["rows"]] == [row[1] in computing for row in page["rows"]]


def test_two_sizes_beside_each_other_say_which_limit_each_has() -> None:
    run = Analysis(disturbed([1.25] * 8, STEADY, [10]))
    grid = glance(run.table, [Cell(10, 10), Cell(20, 10)], ["numba_fused"], [])
    assert grid.footnote.endswith(" Limit: arithmetic at 10 × 10, else reading.")


def test_an_asterisk_is_explained_where_there_is_one(make: Callable[..., Results]) -> None:
    results = make(absences=())
    cells = [*dict.fromkeys(one.cell for one in results.measurements)][:2]
    for several in (True, False):
        kept = [one for one in results.measurements if several or one.impl == "numba_loop"]
        run = Analysis(replace(results, measurements=tuple(kept)))
        grid = glance(run.table, cells, [*run.table.impl.unique()], [])
        assert ("* fastest" in grid.footnote) is several
        assert any("*" in word for row in grid.rows for word in row) is several


@pytest.mark.parametrize(("rounds", "confidence"), [(1, "one sample"), (2, "50 %"), (3, "75 %")])
def test_what_was_measured_in_few_rounds_stays_and_its_confidence_is_said(
    make: Callable[..., Results], rounds: int, confidence: str
) -> None:
    """The slide's loop at 1 s a call, beside others with many rounds."""
    whole = make(absences=())
    few = [
        replace(one, samples_s=one.samples_s[:rounds], extra=replace(one.extra, rounds=[*range(rounds)]))
        if one.impl == "python_loop"
        else one
        for one in whole.measurements
    ]
    run = Analysis(replace(whole, measurements=few))
    assert f"(numpy_vectorized; {confidence}" in run.headline[0]
    report = render(run, {})
    rows = [line for line in report.splitlines() if "| python_loop |" in line and "× |" in line]
    assert rows
    assert all(confidence in row for row in rows)
    subtitles = [picture.figure.texts[1].get_text() for picture in pictures(run, run.sections)]
    least = confidence.removesuffix(" %") if rounds > 1 else "0"
    assert all(f"{least} to 95" in words for words in subtitles if "Error" not in words and "Share" not in words)
    page = page_data([run])
    loop = [one["name"] for one in page["impls"]].index("python_loop")
    assert len([row for row in page["settings"][0]["rows"] if row[0] == loop]) == len(GRID)
    pairs = [pair for pairs in page["settings"][0]["pairs"].values() for pair in pairs if loop in pair[:2]]
    assert {pair[5] for pair in pairs} == {{1: 0, 2: 0.5, 3: 0.75}[rounds]}


def test_one_cell_alone_is_drawn_once(make: Callable[..., Results], tmp_path: Path) -> None:
    written = write_report(Analysis(make(cells=[Cell(10, 10)], absences=())), tmp_path)
    figures = [path.name for path in written if path.suffix in (".png", ".svg")]
    assert figures == [f"time_m10_n_x10_float64_threads1.{kind}" for kind in ("png", "svg")]


def test_a_run_without_measurements_has_a_report_too(tmp_path: Path) -> None:
    write_report(Analysis(results_of()), tmp_path)
    assert "Nothing was measured." in (tmp_path / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", ["missing", "a_file"])
def test_a_folder_that_cannot_be_written_is_told_in_one_line(results: Results, tmp_path: Path, folder: str) -> None:
    (tmp_path / "a_file").write_text("")
    with pytest.raises(UnusableInput, match=f"{folder}: .*; name a folder that can be written") as told:
        write_report(Analysis(results), tmp_path / folder)
    assert "\n" not in str(told.value)


def test_a_report_that_cannot_be_replaced_is_told_too(make: Callable[..., Results], tmp_path: Path) -> None:
    (tmp_path / "report.md").mkdir()
    with pytest.raises(UnusableInput, match="name a folder that can be written"):
        write_report(Analysis(make(cells=[])), tmp_path)


def unfolded(markdown: str) -> str:
    """Return the visible text of a report before any part is unfolded."""
    parts = re.split(r"(<details><summary>.*?</summary>|</details>)", markdown)
    depths = accumulate(part.startswith("<details>") - (part == "</details>") for part in parts)
    return "".join(part for part, depth in zip(parts, depths, strict=True) if depth == 0)


def test_of_many_slices_one_is_open_and_what_is_wrong_stands_on_top(make: Callable[..., Results]) -> None:
    cells = [Cell(m, n_x) for m in (10, 30, 100, 300, 1000) for n_x in (10, 30, 100, 300, 1000)]
    many = [
        Absence(impl=f"slow_{n}", outcome="skipped", stage="plan", message=f"would take {n} s", cell=cell)
        for n in range(12)
        for cell in cells
    ]
    wrong = Absence(impl="mine", outcome="wrong", stage="verify", message="dw is off", cell=Cell(10, 10))
    run = Analysis(make(cells=cells, absences=(*many, wrong)))
    report = render(run, {"winners": "the map"}, {"time": "another slice"})
    seen = unfolded(report)
    assert seen.count("## Against ") == 1
    assert f"## {run.sections[0]}" in seen
    assert report.count("## Against ") == 10
    assert "winners.png" in seen
    assert "1 more figure<" in report
    assert "time.png" not in seen
    assert "time.png" in report
    assert "## The cost model" in seen
    assert "slow_0 at" not in seen
    assert "slow_0 at m" in report
    assert seen.index("- wrong: mine at m = 10, n_x = 10 (verify): dw is off") < seen.index("winners.png")
    assert len(seen.splitlines()) < 250 < len(report.splitlines())


def test_names_of_an_option_take_one_row_and_sentences_one_each() -> None:
    asked = {"impl": ["a", "mine.py"], "none": []}
    told = replace(results_of(options=asked), machine={"gradrace": {"warnings": ["one, two", "three four"]}})
    assert [*origin(told)][1:] == [
        ("warnings 1", "one, two"),
        ("warnings 2", "three four"),
        ("option impl", "a, mine.py"),
    ]


def test_a_default_run_is_open(results: Results) -> None:
    assert render(Analysis(results), {}, {}).count("<details>") == 1  # the glossary


@pytest.mark.slow
def test_a_thousand_cells_are_all_in_the_tables(make: Callable[..., Results], tmp_path: Path) -> None:
    models = {"python_loop": ("loop", 1e-4, 0.0, 1e-7), "numpy_vectorized": ("vectorized", 1e-5, 0.0, 1e-9)}
    cells = [Cell(10 + 37 * i, 10 + 41 * j) for i in range(25) for j in range(40)]
    written = write_report(Analysis(make(models=models, cells=cells, absences=())), tmp_path)
    text = written[0].read_text(encoding="utf-8")
    # in a slice along m, in one along n_x; once as a first call, once as a model
    assert text.count("| numpy_vectorized |") == 2 * 1000 + 2
    assert len(written) < 45


def test_every_report_has_the_glossary_of_the_docs(results) -> None:
    run = Analysis(results)
    report, page = render(run, {}), render_page("page", page_data([run]))
    docs, *_ = (ROOT / "docs" / "glossary.md").read_text().partition("\n## Further words")
    for word, meaning in GLOSSARY:
        assert f"| {word} | {meaning} |" in docs
        assert f"| {text(word)} | {text(meaning)} |" in report
        assert f"<dt>{word}</dt><dd>{meaning}</dd>" in page
    assert docs.count("\n| ") == len(GLOSSARY) + 2


def test_figures_of_an_earlier_report_in_the_folder_are_removed_and_nothing_else(tmp_path: Path) -> None:
    def written(*names: str) -> set[str]:
        figures = [Picture(name, name, Figure()) for name in names]
        write_folder(tmp_path, images(titles(figures)), figures, "page", page_data([]))
        return {file.name for file in tmp_path.iterdir()} - {"report.md", "index.html", "plotly.min.js"}

    (tmp_path / "mine.svg").write_text("")
    assert written("time", "share") == {"mine.svg", "time.png", "time.svg", "share.png", "share.svg"}
    assert written("share", "error") == {"mine.svg", "share.png", "share.svg", "error.png", "error.svg"}
