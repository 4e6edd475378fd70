"""The study of intervals: its statistics on samples with known truth, what it keeps, and its tables."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradrace.bench.results import Cell, UnusableInput
from studies.intervals import drift, study
from studies.intervals.estimates import (
    METHODS,
    attainable,
    mean_interval,
    median_of,
    pooled,
    ratio_in_rounds,
    ratio_of_means,
    ratio_of_medians,
    summary,
    verdict,
    verdicts,
)
from studies.intervals.study import append, read
from studies.intervals.table import Asked, Run, grid, lines, together
from studies.intervals.tools import TOOLS, NotMeasured, Stopwatch, numbered

NAMES = ["slow", "quick"]
RUNS = 400


def drawn(rng, mean, spread, count=40):
    """Samples of a normal distribution, whose mean is its median."""
    return numbered(mean * rng.normal(1, spread, count))


def run(tool, repetition, measured, busy=False, cell=None):
    asked = Asked(repetition=repetition, busy=busy, cell=cell or Cell(10, 10), tool=tool, names=NAMES, seconds=0.1)
    return Run(asked=asked, measured=measured, wall_s=2.0)


def test_the_interval_of_a_mean_is_students():
    assert mean_interval(numbered([1.0, 2.0, 3.0])) == pytest.approx(
        (2, 2 - 4.302653 / 3**0.5, 2 + 4.302653 / 3**0.5, 0.95)
    )


def test_the_interval_of_a_ratio_of_means_is_the_delta_methods():
    found = ratio_of_means(numbered([1.0, 2.0, 3.0]), numbered([1.0, 1.0, 1.0]))
    assert found == pytest.approx((2, 2 - 2.776445 / 3**0.5, 2 + 2.776445 / 3**0.5, 0.95))


@pytest.mark.parametrize("ratio", [ratio_of_medians, ratio_in_rounds])
def test_a_ratio_the_other_way_round_is_its_inverse(ratio):
    rng = np.random.default_rng(0)
    above, below = drawn(rng, 2.0, 0.2), drawn(rng, 1.0, 0.1)
    one, other = ratio(above, below), ratio(below, above)
    assert [other.median, other.low, other.high] == pytest.approx([1 / one.median, 1 / one.high, 1 / one.low])


def test_ratios_within_rounds_need_common_rounds():
    with pytest.raises(ValueError, match="no common rounds"):
        ratio_in_rounds({0: 1.0}, {1: 1.0})


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_of_independent_samples_about_95_percent_of_the_intervals_hold_the_truth(method):
    rng = np.random.default_rng(1)
    pairs = [(drawn(rng, 2.0, 0.1), drawn(rng, 1.0, 0.1)) for _ in range(RUNS)]
    of_times = summary([verdict(method.time(above), 2.0) for above, _ in pairs])
    of_ratios = summary([verdict(method.ratio(*pair), 2.0) for pair in pairs])
    assert of_times.count == of_ratios.count == RUNS
    assert 0.92 <= of_times.coverage <= 0.99
    assert 0.92 <= of_ratios.coverage <= 0.99


def test_drift_that_falls_on_both_widens_all_intervals_of_ratios_but_those_within_rounds():
    rng = np.random.default_rng(2)
    drift = np.exp(rng.normal(0, 0.5, 40))
    above, below = (numbered(drift * np.fromiter(drawn(rng, mean, 0.01).values(), float)) for mean in (2.0, 1.0))
    widths = {name: verdict(method.ratio(above, below), 2.0).half_width for name, method in METHODS.items()}
    assert min(width for name, width in widths.items() if name != "gradrace") > 10 * widths["gradrace"]


def test_what_differs_from_run_to_run_lowers_the_coverage():
    rng = np.random.default_rng(3)
    runs = [[drawn(rng, math.exp(rng.normal(0, 0.5)), 0.1)] for _ in range(100)]
    assert summary(verdicts(median_of, runs)).coverage < 0.3


def test_no_run_is_held_against_its_own_samples():
    ones, twos = numbered([1.0] * 6), numbered([2.0] * 6)
    found = verdicts(median_of, [[ones], [ones], [ones], [twos]])
    assert [one.holds for one in found] == [True, True, True, False]
    assert found[-1].error == pytest.approx(math.log(2))


def test_a_right_interval_reaches_95_percent_only_where_the_truth_is_sure():
    rng = np.random.default_rng(5)
    studies = ([[drawn(rng, 1.0, 0.1)] for _ in range(3)] for _ in range(300))
    found = [one for runs in studies for one in verdicts(mean_interval, runs)]
    assert summary(found).coverage == pytest.approx(attainable(3), abs=0.03)
    assert [attainable(2), attainable(10_000)] == pytest.approx([0.834, 0.95], abs=1e-3)


def test_pooled_samples_keep_their_rounds_apart():
    above, below = ([{0: 2.0, 1: 4.0}, {1: 6.0}], [{0: 1.0, 1: 2.0}, {0: 5.0, 1: 3.0}])
    assert ratio_in_rounds(pooled(above), pooled(below)) == (2.0, 2.0, 2.0, 0.75)


def test_a_repetition_takes_each_tool_to_each_cell_quiet_and_busy():
    cells = [Cell(10, 10), Cell(20, 5)]
    first, second = ([*study.asked(number, cells, [*TOOLS], NAMES, 0.1)] for number in (0, 1))
    assert len({(one.busy, one.cell, one.tool) for one in first}) == len(first) == 12
    assert [one.busy for one in first[:6]] == [first[0].busy] * 6
    assert [(one.cell, one.tool) for one in first[:6]] != [(one.cell, one.tool) for one in second[:6]]


def test_an_interrupted_study_goes_on_where_it_was_and_repeats_what_failed(tmp_path, monkeypatch, capsys):
    asked = []

    def tool(names, cell, seconds, seed):
        asked.append(seed)
        if len(asked) == 2:
            raise NotMeasured("too noisy")
        return {name: numbered([1.234567, 1.0]) for name in names}

    monkeypatch.setattr(study, "TOOLS", {"pyperf": tool})
    monkeypatch.setattr("studies.gate.study.BUSY_HALF_OF_THE_TIME", "")
    file = tmp_path / "runs.jsonl"
    again = {"repetitions": 2, "seconds": 0.1, "sizes": "10x10", "impl": "a,b", "tool": "pyperf"}
    study.main(file, **again)
    assert "failed: too noisy" in capsys.readouterr().out
    with file.open("ab") as stream:
        stream.write(b'{"asked": {"rep')  # a line that was cut off
    study.main(file, **again)
    assert len(asked) == 5
    assert [one.measured["a"] for one in read(file)] == [{0: 1.2346, 1: 1.0}] * 4
    assert "All sizes" in capsys.readouterr().out


def test_another_file_is_refused(tmp_path):
    file = tmp_path / "runs.jsonl"
    file.write_text("{}\n")
    with pytest.raises(UnusableInput, match="not a study"):
        read(file)


def test_what_is_appended_is_read(tmp_path):
    one = run("gradrace", 0, {"slow": {0: 2.0, 5: 2.5}, "quick": {0: 1.0}})
    append(tmp_path / "runs.jsonl", one)
    assert read(tmp_path / "runs.jsonl") == [one]


def test_the_tables_have_a_row_for_each_method():
    rng = np.random.default_rng(4)
    cells = [Cell(10, 10), Cell(2000, 10)]
    runs = [
        run(tool, number, {"slow": drawn(rng, 2.0, 0.1), "quick": drawn(rng, 1.0, 0.1)}, cell=cell)
        for tool in TOOLS
        for cell in cells
        for number in range(5)
    ]
    found = lines([*runs, run("gradrace", 0, {}, busy=True)])  # of one run alone, nothing is said
    by_size, of_all = grid("By size", found), grid("All", together(found))
    assert [row[0] for row in of_all.rows] == [*METHODS]
    assert [row[0] for row in by_size.rows] == [*METHODS] * 2
    assert by_size.labels == ["quiet, 10 × 10"] * 4 + ["quiet, 2000 × 10"] * 4
    assert of_all.labels == ["quiet"] * 4
    assert {(row[4], row[8], row[9]) for row in of_all.rows} == {("20", "10", "2 s")}


def test_rounds_have_the_seconds_after_verification():
    now = [100.0]
    watch = Stopwatch(2.0, lambda: now[0])
    watch.tell("verifying slow")
    watch.tell("racing")
    found = []
    for now[0] in (100.0, 101.9, 102.0):
        found.append(watch.time_left())
    assert found == [True, True, False]


@pytest.mark.slow
@pytest.mark.parametrize("tool", TOOLS)
def test_each_tool_measures_both_implementations(tool):
    if tool == "pyperf":
        pytest.importorskip("pyperf")
    found = TOOLS[tool](["numpy_vectorized", "numpy_columns"], Cell(10, 10), 0.05, 0)
    assert found.keys() == {"numpy_vectorized", "numpy_columns"}
    assert all(value > 0 for samples in found.values() for value in samples.values())


def test_drift_is_divided_into_processes_and_time():
    rng = np.random.default_rng(5)
    found = [
        drift.components(rng.normal(0, 0.03, (4, 1)) + rng.normal(0, 0.08, 6) + rng.normal(0, 0.02, (4, 6)))
        for _ in range(RUNS)
    ]
    assert np.sqrt(np.mean(np.square(found), axis=0)) == pytest.approx([0.03, 0.08, 0.02], rel=0.1)


@pytest.mark.slow
def test_drift_is_measured_for_each_size_and_implementation():
    cell = Cell(10, 10)
    found = drift.measured(["numpy_vectorized", "numpy_columns"], [cell], sets=2, visits=2, rounds=2)
    assert list(found) == [(cell, "numpy_columns")]
    assert np.isfinite(found[cell, "numpy_columns"]).all()
