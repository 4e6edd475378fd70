"""Many runs over time: a step is found, named with its commit, and noise is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from gradrace.bench.results import (
    ARITHMETIC,
    LIMITED_BY,
    READING,
    Absence,
    Cell,
    Extra,
    Measurement,
    Results,
    UnusableInput,
)
from gradrace.bench.results_file import read_all, write
from gradrace.reports.history import series as series_module
from gradrace.reports.history.history_report import picture, write_report
from gradrace.reports.history.history_text import changes, headline, sensitivity, sentences
from gradrace.reports.history.series import Series, least_visible, runs, series, steps

CELLS = (Cell(1000, 100), Cell(100_000, 100))
RUNS = 20


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Save runs, a day and a commit each, whose implementation `a` takes so many times the limit's time."""

    def save(times: list[float], cells: tuple[Cell, ...] = CELLS, impl: str = "a", noise: float = 0.01) -> Path:
        rng = np.random.default_rng(0)
        for day, factor in enumerate(times, 1):
            drift = rng.uniform(0.5, 2)  # of the machine: the limit takes as many times as long
            folder = tmp_path / "runs" / f"{day:02}"
            folder.mkdir(parents=True, exist_ok=True)
            measurements = [
                Measurement(
                    impl=name,
                    cell=cell,
                    samples_s=(drift * taken * rng.normal(1, noise, 9)).tolist(),
                    calls=1,
                    extra=Extra(technique="vectorized", rounds=[*range(9)]),
                )
                for cell in cells
                for name, taken in (("floor", 1e-5), (impl, 1e-5 * factor))
            ]
            results = Results(
                measurements=measurements,
                absences=[],
                machine={"cpu": {"brand_raw": "EPYC"}},
                commit={"id": f"{day:02}c0ffee00000", "dirty": False},
                datetime=f"2026-11-{day:02}T12:00:00+00:00",
            )
            write(folder / "results.json", results)
        return tmp_path / "runs"

    return save


def found(folder: Path) -> list[Series]:
    return series(runs(folder)[0])


def test_a_step_is_named_with_the_commit_that_it_begins_with(save) -> None:
    several = found(save([2.0] * 8 + [2.6] * 12))
    assert [one.cell for one in several] == [*CELLS]
    (step,) = steps(several[0])
    assert (step.run.commit, round(step.ratio, 1)) == ("09c0ffee00", 1.3)


def test_all_sizes_of_a_step_make_one_sentence(save) -> None:
    folder = save([2.0] * 8 + [2.6] * 6 + [1.3] * 6)
    told = sentences(changes(found(folder)))
    assert len(told) == 2
    assert told[0].startswith("a became")
    assert "faster from commit 15c0ffee00 on (2026-11-15), at m = 1000, n_x = 100; m = 100,000, n_x = 100." in told[0]
    assert "slower from commit 09c0ffee00 on" in told[1]
    assert headline(runs(folder)[0], changes(found(folder))) == (
        "In 20 runs from 2026-11-01 to 2026-11-20: 1 slowdown and 1 improvement."
    )


def test_noise_is_no_step() -> None:
    """At most one in twenty series of 30 runs that differ by 5 % at random."""
    rng = np.random.default_rng(1)
    wrong = 0
    for _ in range(200):
        points = tuple(simulated(value) for value in np.exp(rng.normal(0, 0.05, 30)))
        wrong += bool(steps(Series("a", None, CELLS[0], "m", READING, points)))
    assert wrong <= 10


def simulated(share: float):
    from gradrace.reports.history.series import Point, Run

    return Point(Run("2026", "c", "m", None), share, float("nan"))


def test_one_outlier_is_no_step() -> None:
    values = [0.5] * 15
    values[7] = 0.1
    assert steps(Series("a", None, CELLS[0], "m", READING, tuple(map(simulated, values)))) == []


def test_too_few_runs_have_no_steps() -> None:
    points = tuple(map(simulated, [0.5, 0.5, 0.1, 0.1]))
    assert steps(Series("a", None, CELLS[0], "m", READING, points)) == []


def test_drift_of_the_machine_is_no_step(save) -> None:
    assert changes(found(save([2.0] * RUNS))) == []


def test_the_report_says_it_in_markdown_pictures_and_a_page(save, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    told = write_report(save([2.0] * 8 + [2.6] * 12, impl="</script><b>|x"), out)
    assert len(told.sentences) == 3
    assert told.too_few == ""
    text = (out / "report.md").read_text()
    assert "09c0ffee00" in text
    assert "<b>" not in text
    assert "</script><b>" not in (out / "index.html").read_text()
    assert len([*out.glob("history_*.png")]) == len([*out.glob("history_*.svg")]) == 2


@pytest.mark.parametrize("length", [6, 12, 40])
def test_the_smallest_visible_change_is_found_in_9_of_10_series(length: int) -> None:
    """The noise is known here; estimated from a few runs it is often too small or too large."""
    rng, found_in = np.random.default_rng(2), 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(series_module, "_noise", lambda _: 0.04)
        for _ in range(80):
            points = [*map(simulated, np.exp(rng.normal(0, 0.04, length)))]
            size = least_visible(Series("a", None, CELLS[0], "m", READING, tuple(points)), 10)
            points[-3:] = [point._replace(share=point.share / (1 + size)) for point in points[-3:]]
            found_in += bool(steps(Series("a", None, CELLS[0], "m", READING, tuple(points)), 10))
    assert 66 <= found_in <= 80


def test_it_is_said_what_the_runs_could_have_shown(save) -> None:
    folder = save([2.0] * 5)
    (few := folder.parent / "few").mkdir()
    assert write_report(folder, few) == (
        ["In 5 runs from 2026-11-01 to 2026-11-05 no change can be shown."],
        "too few runs to show a change: 6 of one size are needed, and at most 5 exist; make 1 more of the same size",
    )
    assert "- Too few runs to show a change: 6 of one size" in (few / "report.md").read_text()
    save([2.0] * 9, cells=CELLS[:1])
    save([2.0] * 5)
    assert sensitivity(found(folder)) == (
        "1 of 2 series are long enough: in these, a change of 5 % is detected once it has lasted 3 runs "
        "(median; from 5 % to 5 %)."
    )
    save([2.0] * 9, noise=0.1)
    least, most = re.fullmatch(
        r"A change of .* % is detected once it has lasted 3 runs \(median; from (.*) % to (.*) %\)\.",
        sensitivity(found(folder)),
    ).groups()
    assert 5 < float(least) <= float(most) < 40


def test_wrong_gradients_of_any_run_are_told(save, tmp_path: Path) -> None:
    folder = save([2.0] * 3)
    for day, outcomes in (("01", ["wrong"]), ("02", ["wrong", "wrong", "failed", "skipped"]), ("03", ["implausible"])):
        file = folder / day / "results.json"
        results = read_all(file)
        absences = [Absence(impl="b", outcome=one, stage="s", message="m", cell=CELLS[0]) for one in outcomes]
        write(file, replace(results, absences=absences))
    out = tmp_path / "out"
    out.mkdir()
    assert write_report(folder, out).sentences[1:4] == [
        "b failed in 1 run, most recently at commit 02c0ffee00 (2026-11-02).",
        "b was faster than the limit in 1 run, most recently at commit 03c0ffee00 (2026-11-03).",
        "b had a wrong gradient in 2 runs, most recently at commit 02c0ffee00 (2026-11-02).",
    ]
    assert "b had a wrong gradient in 2 runs" in (out / "report.md").read_text()


def test_the_axis_of_a_picture_is_marked_in_per_cent(save) -> None:
    several = found(save([2.0] * 3 + [40.0] * 3, cells=CELLS[:1]))
    figure = picture(CELLS[0], several, changes(several)).figure
    figure.draw_without_rendering()
    marks = [label.get_text() for label in figure.axes[0].get_yticklabels(which="both")]
    assert {"10 %", "50 %"} <= {*marks}
    assert not any("$" in mark or "{" in mark for mark in marks)


def test_a_folder_without_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match=r"no results.json in it"):
        runs(tmp_path)
    (tmp_path / "results.json").write_text("{}")
    with pytest.raises(UnusableInput, match=r"results.json: not a results file"):
        runs(tmp_path)


def test_files_that_cannot_be_read_are_left_out_and_named(save, tmp_path: Path) -> None:
    folder = save([2.0] * 6)
    (folder / "01" / "results.json").rename(folder / "nightly.json")
    (folder / "other.json").write_text('{"benchmarks": [{"name": "test_fib", "stats": {}}]}')
    (tmp_path / "out").mkdir()
    *_, last = write_report(folder, tmp_path / "out").sentences
    assert last.startswith("1 file left out; the first: ")
    assert last.endswith("name a results.json that `gradrace run` wrote")
    assert len(runs(folder)[0]) == 6


def test_one_run_is_no_history(save, tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="1 run found, and no implementation at the same size in two on one"):
        write_report(save([2.0]), tmp_path)


def test_shares_of_another_limit_are_another_series(save) -> None:
    """A run of a version that knew only reading, and one whose limit is the arithmetic, have no step between them."""
    folder = save([2.0] * 3 + [1.0] * 3)
    for file in sorted(folder.rglob("*.json"))[3:]:
        results = read_all(file)
        computing = [
            replace(one, extra=replace(one.extra, facts={LIMITED_BY: ARITHMETIC})) for one in results.measurements
        ]
        write(file, replace(results, measurements=computing))
    found = series(runs(folder)[0])
    assert {one.limit for one in found} == {READING, ARITHMETIC}
    assert {len(one.points) for one in found} == {3}


def test_runs_without_the_limit_are_no_history(save, tmp_path: Path) -> None:
    folder = save([2.0] * 2)
    for file in folder.rglob("*.json"):
        results = read_all(file)
        write(file, replace(results, measurements=[one for one in results.measurements if one.impl == "a"]))
    with pytest.raises(UnusableInput, match="2 runs found, none with the limit, such as those of pytest"):
        write_report(folder, tmp_path)
