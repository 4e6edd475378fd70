"""The table of laws says what the laws of a made-up run are."""

from __future__ import annotations

import pytest

from bench.plan import full_cells
from bench.results import Results
from reports.laws import law_grids, law_table, laws
from reports.tables import tidy

CELLS = full_cells(["float64"], threads=2)[:40]


@pytest.fixture
def full(make) -> Results:
    return make(cells=CELLS, absences=())


def test_the_terms_are_those_of_the_run(full):
    found = law_table(tidy(full)).set_index("impl")
    loop = found.loc["python_loop"]
    assert loop.element_s == pytest.approx(65e-9, rel=0.1)
    assert loop.element_low_s <= loop.element_s <= loop.element_high_s
    assert found.loc["numpy_vectorized"].call_s == pytest.approx(18e-6, rel=0.1)
    assert (found.error < 0.1).all()


def test_too_few_cells_are_no_law(make):
    assert laws(tidy(make(cells=CELLS[:7], absences=()))) == {}
    assert law_grids(law_table(tidy(make(cells=CELLS[:7], absences=())))) == []


def test_the_table_gives_each_term_in_its_unit_with_its_interval(full):
    (grid,) = law_grids(law_table(tidy(full)))
    rows = [row for _, group in grid.groups for row in group]
    place = next(place for place, row in enumerate(rows) if row[0] == "python_loop")
    term, interval = rows[place][5], rows[place + 1][5]
    assert term in ("64 ns", "65 ns", "66 ns")
    assert interval.endswith(" ns")
    assert "–" in interval
    assert rows[-2][0] == "python_loop"  # the dearest comes last
