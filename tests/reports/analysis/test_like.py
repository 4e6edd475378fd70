"""A run beside the one that it repeats."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from gradrace import selection
from gradrace.bench.results import (
    ARITHMETIC,
    LIMITED_BY,
    OTHER_PERMILLE,
    Cell,
    Results,
    UnusableInput,
)
from gradrace.reports.analysis.like import like
from gradrace.reports.analysis.tables import tidy
from tests.results import results_of, timed


def results(times: dict[str, float], threads: int = 4, **options) -> Results:
    """Return results of the limit and others, in one cell."""
    cell = Cell(10, 3, threads=threads)
    measurements = [timed(name, [seconds] * 6, cell) for name, seconds in times.items()]
    return results_of(measurements, options=options)


THEIRS = results({"floor": 1.0, "numpy_vectorized": 4.0, "numpy_columns": 8.0, "somebody_elses": 2.0}, seed=7)


def test_what_is_repeated_are_cells_implementations_and_the_seed() -> None:
    cells, sources, seed, missing = selection.repeating(THEIRS, threads=2)
    assert cells == [Cell(10, 3, threads=2)]
    assert [source.name for source in sources] == ["numpy_vectorized", "numpy_columns"]
    assert seed == 7
    assert missing == ["somebody_elses"]
    assert selection.repeating(THEIRS, threads=8)[0] == [Cell(10, 3, threads=4)]


def test_who_takes_part_can_be_said_and_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "somebody_elses.py"
    file.write_text("IMPLEMENTATION = None\n")
    found = selection.repeating(THEIRS, 2, f"{file},numpy_vectorized")
    assert [source.name for source in found.sources] == ["somebody_elses", "numpy_vectorized"]
    assert found.missing == ["numpy_columns"]
    assert selection.word("somebody_elses", found.sources) == str(file)
    assert selection.word("numpy_vectorized", found.sources) == "numpy_vectorized"


@pytest.mark.parametrize("hostile", [None, -1, "7", 1e300, [1]])
def test_a_seed_that_is_none_is_not_taken(hostile) -> None:
    assert selection.repeating(results({"numpy_columns": 1.0}, seed=hostile), threads=1)[2] == 0


def test_what_can_not_be_repeated_is_refused() -> None:
    with pytest.raises(UnusableInput, match="none of its implementations is here"):
        selection.repeating(results({"somebody_elses": 2.0}), threads=2)
    with pytest.raises(UnusableInput, match="on data of its own"):
        selection.repeating(results({"numpy_columns": 2.0}, data="cats.h5"), threads=2)


def test_shares_of_the_limit_are_compared_and_not_seconds() -> None:
    ours = results({"floor": 100.0, "numpy_vectorized": 200.0, "numpy_columns": 3200.0}, threads=2)
    grid = like(THEIRS, tidy(ours))
    assert grid is not None
    assert set(grid.labels) == {"10 × 3, float64"}
    assert grid.rows == [
        ["numpy_vectorized", "4.00 s", "25 %", "200 s", "50 %", "2.0×"],
        ["numpy_columns", "8.00 s", "13 %", "3200 s", "3.1 %", "0.25×"],
    ]


def test_shares_of_another_limit_are_not_compared() -> None:
    facts: dict[str, str | int] = {LIMITED_BY: ARITHMETIC, OTHER_PERMILLE: 500}
    computing = replace(
        THEIRS, measurements=[replace(one, extra=replace(one.extra, facts=facts)) for one in THEIRS.measurements]
    )
    grid = like(THEIRS, tidy(computing))
    assert grid is not None
    assert {row[-1] for row in grid.rows} == {"—"}


def test_shares_whose_intervals_overlap_are_marked() -> None:
    wide = replace(THEIRS, measurements=[replace(one, samples_s=[1.0, 2.0, 9.0]) for one in THEIRS.measurements])
    grid = like(wide, tidy(wide))
    assert grid is not None
    assert {row[-1] for row in grid.rows} == {"1.0× ?"}


def test_nothing_shared_is_nothing_to_compare() -> None:
    assert like(THEIRS, tidy(results({"floor": 1.0, "jax_jit": 1.0}))) is None
