"""The tidy table holds what the samples say, and its cells are put together as slices."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gradrace.bench.results import (
    ARITHMETIC,
    FLOOR,
    FLOOR_CUDA,
    LIMITED_BY,
    OTHER_PERMILLE,
    READING,
    Absence,
    Cell,
    ErrorOverBound,
    Extra,
    Limiting,
    Measurement,
    Results,
)
from gradrace.bench.results_file import read
from gradrace.reports.analysis.grids import descents, starting
from gradrace.reports.analysis.tables import COLUMNS, Section, sections, tidy
from tests.results import results_of

CELL = Cell(1000, 100)


def measured(impl: str, samples_s: list[float], rounds: list[int] | None = None, cell: Cell = CELL) -> Measurement:
    return Measurement(impl=impl, cell=cell, samples_s=samples_s, calls=3, extra=Extra(rounds=rounds))


def run(*measurements: Measurement, absences: tuple[Absence, ...] = ()) -> Results:
    return results_of(measurements, absences)


def row(results: Results, impl: str) -> Any:
    table = tidy(results)
    return next(table[table.impl == impl].itertuples())


def test_speed_up_is_taken_within_rounds() -> None:
    loop = measured("python_loop", [10.0, 20.0, 40.0, 80.0, 160.0, 320.0], [0, 1, 2, 3, 4, 5])
    fast = measured("fast", [160.0, 4.0, 1.0, 8.0, 2.0, 64.0], [5, 1, 0, 2, 4, 3])
    # round by round 10/1, 20/4, 40/8, 80/64, 160/2, 320/160 = 10, 5, 5, 1.25, 80, 2: the middle two are both 5
    told = row(run(loop, fast), "fast")
    assert told.speedup == pytest.approx(5)
    assert (told.speedup_low, told.speedup_high) == pytest.approx((1.25, 80))
    assert told.speedup_confidence == pytest.approx(1 - 2 / 2**6)
    assert told.median_s == pytest.approx((4 + 8) / 2)
    assert (told.low_s, told.high_s, told.samples, told.calls) == (1, 160, 6, 3)


def test_without_rounds_speed_up_is_the_ratio_of_medians_and_has_no_interval() -> None:
    told = row(run(measured("python_loop", [8.0, 10.0, 30.0]), measured("fast", [2.0, 4.0, 1.0])), "fast")
    assert told.speedup == 5
    assert math.isnan(told.speedup_low)
    assert math.isnan(told.speedup_high)


def test_the_loop_of_another_cell_is_no_baseline() -> None:
    other = measured("python_loop", [8.0], [0], Cell(1000, 100, "float32"))
    assert math.isnan(row(run(other, measured("fast", [2.0], [0])), "fast").speedup)


def test_a_clock_too_coarse_for_a_call_gives_no_speed_up() -> None:
    table = tidy(run(measured("python_loop", [0.0, 0.0], [0, 1]), measured("fast", [0.0, 0.0], [0, 1])))
    assert table.speedup.isna().all()
    assert (table.median_s == 0).all()


def test_what_we_record_beside_is_kept() -> None:
    extra = Extra(
        technique="compiled",
        startup_s=2.5,
        prepare_s=0.25,
        first_call_s=1.5,
        peak_rss_bytes=10**8,
        error_over_bound=ErrorOverBound(J=0.1, dw=0.3, db=0.2),
    )
    told = row(run(Measurement(impl="fast", cell=CELL, samples_s=[1.0], calls=1, extra=extra)), "fast")
    assert (told.technique, told.startup_s, told.prepare_s, told.first_call_s) == ("compiled", 2.5, 0.25, 1.5)
    assert told.peak_rss_bytes == 1e8
    assert told.error_over_bound == 0.3


def test_a_file_of_the_plug_in_has_times_and_speed_ups_and_nothing_else(tmp_path: Path) -> None:
    def benchmark(impl: str, data: list[float]) -> dict[str, Any]:
        return {"params": {"impl": impl, "m": 10, "n_x": 10}, "stats": {"data": data, "iterations": 1}}

    file = tmp_path / "plugin.json"
    benchmarks = [benchmark("python_loop", [4.0]), benchmark("fast", [2.0])]
    file.write_text(json.dumps({"machine_info": {}, "commit_info": {}, "datetime": "", "benchmarks": benchmarks}))
    table = tidy(read(file))
    assert table.impl.tolist() == ["fast", "python_loop"]
    assert table.speedup.tolist() == [2, 1]
    assert table[["prepare_s", "first_call_s", "peak_rss_bytes", "error_over_bound"]].isna().all(axis=None)


def test_a_run_without_measurements_has_the_same_columns() -> None:
    table = tidy(run())
    assert table.columns.tolist() == COLUMNS
    assert table.empty


def test_rows_go_cell_by_cell_the_fastest_first(results: Results) -> None:
    table = tidy(results)
    assert len(table) == sum(measurement.impl != FLOOR for measurement in results.measurements)
    for _, rows in table.groupby(["m", "n_x"]):
        assert rows.median_s.is_monotonic_increasing
        assert rows.index.tolist() == [*range(rows.index[0], rows.index[0] + len(rows))]


def test_the_default_grid_is_two_slices_and_the_slides_own_case(results: Results) -> None:
    against_m, against_n_x, alone = sections(results)
    assert (against_m.along, [cell.m for cell in against_m.cells]) == ("m", [10, 100, 1000, 10_000, 100_000])
    assert (against_n_x.along, [cell.n_x for cell in against_n_x.cells]) == ("n_x", [10, 100, 1000, 12_288])
    assert alone == Section(None, (Cell(209, 12_288, threads=2),))
    assert [*map(str, (against_m, against_n_x, alone))] == [
        "Against m, at n_x = 100 (float64, 2 threads)",
        "Against n_x, at m = 1000 (float64, 2 threads)",
        "m = 209, n_x = 12,288 (float64, 2 threads)",
    ]


def test_what_an_implementation_tells_of_itself_stands_below_what_it_took_to_start() -> None:
    extra = Extra(prepare_s=1.0, facts={"workers": 2, "rows": "as they lie"})
    tells = Measurement(impl="dask_blocks", cell=CELL, samples_s=[1.0], calls=1, extra=extra)
    table = tidy(run(tells, measured("silent", [1.0])))
    grid = starting(table, CELL)
    assert grid is not None
    assert grid.footnote.endswith("dask_blocks: workers 2, rows as they lie.")


def test_a_gpus_share_is_of_the_gpus_limit() -> None:
    rounds = [*range(6)]
    floors = [measured(FLOOR, [1.0] * 6, rounds), measured(FLOOR_CUDA, [0.1] * 6, rounds)]
    both = run(*floors, measured("one", [2.0] * 6, rounds), measured("one@cuda", [0.4] * 6, rounds))
    assert (row(both, "one").share, row(both, "one@cuda").share) == pytest.approx((0.5, 0.25))
    assert {*tidy(both).impl} == {"one", "one@cuda"}


def test_a_slice_shares_precision_and_threads_and_has_three_cells() -> None:
    two = [measured("a", [1.0], cell=Cell(m, 5)) for m in (1, 2)]
    others = [measured("a", [1.0], cell=Cell(3, 5, "float32")), measured("a", [1.0], cell=Cell(3, 5, threads=2))]
    assert [section.along for section in sections(run(*two, *others))] == [None] * 4
    three = [*two, measured("a", [1.0], cell=Cell(3, 5))]
    assert [section.along for section in sections(run(*three, *others))] == ["m", None, None]


def test_a_cell_from_which_all_are_absent_is_still_shown() -> None:
    gap = Absence(impl="a", outcome="skipped", stage="plan", message="too large", cell=Cell(3, 5))
    two = [measured("a", [1.0], cell=Cell(m, 5)) for m in (1, 2)]
    (section,) = sections(run(*two, absences=(gap,)))
    assert section.cells == (Cell(1, 5), Cell(2, 5), Cell(3, 5))
    assert section.absences([gap]) == [gap]


def test_what_holds_the_first_cell_comes_first(make: Callable[..., Results]) -> None:
    grid = make(cells=[Cell(m, n_x) for m in (10, 20, 30) for n_x in (1, 2, 3)], absences=())
    first = Cell(30, 2)
    held = [first in section.cells for section in sections(grid, first)]
    assert held == [True, True, False, False, False, False]


def test_shares_of_the_limit_are_taken_within_rounds_and_the_limit_is_no_row() -> None:
    table = tidy(run(measured("fast", [2.0, 4.0], [0, 1]), measured(FLOOR, [1.0, 2.0], [0, 1])))
    assert table.impl.tolist() == ["fast"]
    assert (table.floor_s[0], table.share[0]) == (1.5, pytest.approx(0.5))
    assert (table.share_low[0], table.share_high[0]) == (pytest.approx(0.5), pytest.approx(0.5))


@pytest.mark.parametrize("kind", [READING, ARITHMETIC])
def test_the_table_says_which_of_the_two_the_limit_is(kind: Limiting) -> None:
    floor = replace(measured(FLOOR, [1.0]), extra=Extra(facts={LIMITED_BY: kind, OTHER_PERMILLE: 500}))
    assert tidy(run(measured("fast", [2.0]), floor)).limit.tolist() == [kind]
    assert tidy(run(measured("fast", [2.0]))).limit.isna().all()


def test_a_step_of_a_descent_is_shown_in_the_smallest_cells() -> None:
    def timed(impl: str, cell: Cell, steps: list[float] | None) -> Measurement:
        return Measurement(impl=impl, cell=cell, samples_s=[1.0], calls=1, extra=Extra(descent_step_s=steps))

    small, large = Cell(10, 10), Cell(100, 100)
    results = run(timed("a", small, [3e-6, 1e-6, 2e-6]), timed("b", small, [1e-6]), timed("a", large, [5e-6]))
    grid = descents(tidy(results))
    assert grid is not None
    assert grid.heads == ["implementation", "10 × 10\nfloat64", "100 × 100\nfloat64"]
    assert grid.rows == [["b", "1.00 µs", "—"], ["a", "2.00 µs", "5.00 µs"]]
    assert descents(tidy(run(timed("a", large, None)))) is None
