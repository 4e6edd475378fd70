"""The cost model where the truth is known: found again, in as many pieces as there are, never with negative terms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradrace.bench.race.cost_model import EVERYWHERE, CostModel, Piece, Region, bounds, errors, fit
from gradrace.bench.race.plan import PILOTS
from gradrace.bench.race.sizes import full_cells
from gradrace.bench.results import Cell

ONE = CostModel((Piece(EVERYWHERE, 1e-5, 5e-7, 3e-8, 2e-9),))
BELOW, ABOVE = EVERYWHERE.cut(axis=2, at=2e5)
TWO = CostModel((Piece(BELOW, 2e-6, 1e-8, 1e-9, 3e-10), Piece(ABOVE, 5e-6, 1e-8, 1e-9, 9e-10)))
CELLS = full_cells(["float64"], threads=2)


def seconds(model: CostModel, noise: float = 0.0, seed: int = 1) -> dict[Cell, float]:
    luck = np.random.default_rng(seed).lognormal(0, noise, len(CELLS))
    return {cell: model.seconds(cell) * factor for cell, factor in zip(CELLS, luck, strict=True)}


def test_the_pilots_tell_the_four_terms_apart():
    model = fit({Cell(m, n_x): ONE.seconds(Cell(m, n_x)) for m, n_x in PILOTS})
    assert model.pieces[0].terms == pytest.approx(ONE.pieces[0].terms, rel=1e-9)


def test_terms_are_never_negative():
    falling = {Cell(10, 10): 3.0, Cell(100, 10): 2.0, Cell(1000, 10): 1.0, Cell(1000, 100): 1.0}
    assert min(fit(falling).pieces[0].terms) >= 0


def test_nothing_seen_is_no_model():
    assert fit({}) is None


def test_one_model_is_found_as_one():
    model = fit(seconds(ONE, noise=0.05))
    assert len(model.pieces) == 1
    assert model.pieces[0].terms == pytest.approx(ONE.pieces[0].terms, rel=0.1)


def test_a_cache_boundary_is_found_where_it_is():
    """Cells stand half a decade apart: so it can't be told better than by a factor of two."""
    model = fit(seconds(TWO, noise=0.05))
    assert [piece.region.low[2] for piece in model.pieces] == pytest.approx([0, 2e5], rel=1)
    assert model.pieces[0].element_s == pytest.approx(3e-10, rel=0.1)
    assert model.pieces[1].element_s == pytest.approx(9e-10, rel=0.1)


def test_another_way_for_few_examples_is_found_along_m():
    few, many = EVERYWHERE.cut(axis=0, at=55)
    truth = CostModel((Piece(few, 2e-6, 1e-8, 1e-9, 3e-10), Piece(many, 3e-5, 1e-8, 1e-9, 3e-10)))
    model = fit(seconds(truth, noise=0.05))
    assert [(piece.region.low[0], piece.region.high[0]) for piece in model.pieces] == [
        (0, pytest.approx(55, rel=0.5)),
        (pytest.approx(55, rel=0.5), float("inf")),
    ]


@given(st.floats(1, 1e6), st.floats(1, 1e5))
def test_regions_hold_each_size_once(m, n_x):
    low, high = EVERYWHERE.cut(axis=2, at=3e4)
    parts: list[Region] = [*low.cut(axis=0, at=20), *high.cut(axis=1, at=300)]
    assert sum(part.holds(m, n_x) for part in parts) == 1


@pytest.mark.parametrize("truth", [ONE, TWO])
def test_cells_held_out_are_predicted(truth):
    """At least 95 % within a quarter."""
    seen = seconds(truth, noise=0.05)
    wrong = [errors(fit({c: s for c, s in seen.items() if c != cell}), {cell: seen[cell]})[0] for cell in seen]
    assert np.mean(np.abs(wrong) < 0.25) >= 0.95


def test_intervals_hold_the_true_terms():
    """Each of the four misses in 5 % of samples: of 40, at most 7 (mean 2, four standard deviations)."""
    missed = np.zeros(4)
    for seed in range(40):
        seen = seconds(ONE, noise=0.05, seed=seed)
        ((low, high),) = bounds(fit(seen), seen)
        ends = zip(low.terms, ONE.pieces[0].terms, high.terms, strict=True)
        missed += [not a <= truth <= b for a, truth, b in ends]
    assert missed.max() <= 7


def test_few_cells_leave_no_doubt_of_a_term_that_decides():
    """Seven of the default sizes, of which each could be drawn so that features don't differ from examples."""
    sizes = [(10, 100), (100, 100), (1000, 100), (10_000, 100), (1000, 10), (1000, 1000), (209, 12_288)]
    for seed in range(40):
        luck = np.random.default_rng(seed).lognormal(0, 0.05, len(sizes))
        seen = {Cell(*size): ONE.seconds(Cell(*size)) * factor for size, factor in zip(sizes, luck, strict=True)}
        ((low, _),) = bounds(fit(seen), seen)
        assert low.example_s > 0


def test_what_the_model_does_not_explain_widens_its_intervals():
    exact = seconds(ONE)
    bent = {cell: s * (1.3 if cell.m == 1000 else 1) for cell, s in exact.items()}
    for seen, widened in ((exact, False), (bent, True)):
        ((low, high),) = bounds(ONE, seen)
        assert (high.example_s > 1.001 * low.example_s) == widened


@given(st.floats(1e-3, 1e3))
def test_another_unit_changes_the_terms_alone(factor):
    seen = {cell: TWO.seconds(cell) for cell in CELLS[:30]}
    one, other = fit(seen), fit({cell: s * factor for cell, s in seen.items()})
    assert [piece.region for piece in one.pieces] == [piece.region for piece in other.pieces]
    for a, b in zip(one.pieces, other.pieces, strict=True):
        assert b.terms == pytest.approx([factor * term for term in a.terms], rel=1e-6, abs=1e-15 * factor)
