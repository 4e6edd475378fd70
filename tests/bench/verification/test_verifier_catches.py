"""The check is itself checked: wrong implementations, each with the problem and the words that give it away; right ones
that sum in other orders, none of which may be refused.
"""

from __future__ import annotations

import warnings
from dataclasses import replace

import pytest
from hypothesis import given

from gradrace.bench.paths import ROOT
from gradrace.bench.verification.hard_problems import HARD, hard_case
from gradrace.bench.verification.judge import check, trial
from gradrace.impls import numpy_vectorized
from gradrace.impls.discovery import Source, load, sources
from tests.attack.table import WRONG
from tests.strategies import cases

TESTS = ROOT / "tests"

CAUGHT = {
    "accumulators_not_reset": ("ordinary", "error / bound of dw"),
    "bias_left_out": ("ordinary", "error / bound of J"),
    "block_tail_dropped": ("ordinary", "error / bound of dw"),
    "broadcast": ("ordinary", "error / bound of dw"),
    "c_order_assumed": ("Fortran order", "error / bound of J"),
    "changes_X": ("ordinary", "changes X"),
    "changes_Y": ("ordinary", "changes Y"),
    "changes_w": ("ordinary", "changes w"),
    "changes_w_list": ("ordinary", "error / bound of dw"),
    "cost_before_z": ("ordinary", "error / bound of J"),
    "db_missing": ("ordinary", "error / bound of db"),
    "db_not_divided": ("ordinary", "error / bound of db"),
    "divided_by_m_minus_1": ("ordinary", "error / bound of J"),
    "divided_by_n_x": ("ordinary", "error / bound of J"),
    "duplicates_dropped": ("repeated", "error / bound of J"),
    "dz_negated": ("ordinary", "error / bound of dw"),
    "exp_approximated": ("ordinary", "error / bound of J"),
    "feature_limit": ("an image", "error / bound of dw"),
    "feature_tail_dropped": ("ordinary", "error / bound of J"),
    "features_normalized": ("repeated", "warns: invalid value encountered in divide"),
    "float32_inside": ("ordinary", "error / bound of J"),
    "float32_sums": ("ordinary", "error / bound of dw"),
    "float64_returned": ("ordinary", "dw is float64 of shape (13,), not float32"),
    "labels_renumbered": ("all labels 1", "error / bound of J"),
    "last_example_dropped": ("ordinary", "error / bound of dw"),
    "last_share_dropped": ("ordinary", "error / bound of dw"),
    "last_thread_without_bias": ("ordinary", "error / bound of J"),
    "log_clipped": ("large z", "error / bound of J"),
    "lost_update": ("ordinary", "error / bound of dw"),
    "not_divided_by_m": ("ordinary", "error / bound of J"),
    "one_label_flipped": ("ordinary", "error / bound of J"),
    "overflow_hidden": ("large z", "error / bound of J"),
    "regularized": ("ordinary", "error / bound of J"),
    "rest_dropped_of_many": ("many examples", "error / bound of dw"),
    "rest_dropped_of_none": ("whole blocks", "error / bound of dw"),
    "returns_buffer": ("ordinary", "a later call changes what an earlier one returned"),
    "returns_too_early": ("ordinary", "error / bound of dw"),
    "right_at_first_only": ("ordinary", "error / bound of J"),
    "scale_ignored": ("pixels", "error / bound of J"),
    "sigma_unstable": ("large z", "warns: overflow encountered in exp"),
    "sigma_without_zero": ("zeros", "error / bound of dw"),
    "sixteen_bit_index": ("many examples", "error / bound of dw"),
    "squeezed": ("one example", "raises ValueError"),
    "ten_bit_products": ("square", "error / bound of J"),
    "transposed_when_square": ("square", "error / bound of J"),
    "update_before_gradient": ("ordinary", "error / bound of J"),
    "weightless_features_skipped": ("some weights 0", "error / bound of dw"),
    "wrong_shape": ("ordinary", "dw is float64 of shape (13, 1), not float64 of shape (13,)"),
    "z_clipped": ("large z", "error / bound of J"),
}
"""Wrong implementation: a problem on which it shows, and how the finding begins."""

IN_FLOAT32 = {"float64_returned", "ten_bit_products"}
"""Wrong in float32; the others are shown wrong in float64."""

IN_EITHER = ("rest_dropped_of_many", "rest_dropped_of_none", "sigma_without_zero", "sixteen_bit_index")
"""Shown wrong in float32 as well: its bound is 2²⁹ times as wide, and must not hide them."""


def wrong(name: str) -> Source:
    return Source(name, TESTS / "wrong" / f"{name}.py")


@pytest.fixture(scope="module")
def trials():
    """Every hard case in both precisions; only for implementations that leave their inputs as they are."""
    every = [hard_case(name, dtype) for name in HARD for dtype in ("float64", "float32") if "millions" not in name]
    return [trial(case) for case in every]


@pytest.mark.parametrize(
    ("name", "dtype"),
    [(name, "float32" if name in IN_FLOAT32 else "float64") for name in CAUGHT]
    + [(name, "float32") for name in IN_EITHER],
)
def test_wrong_is_caught(name, dtype):
    case_name, words = CAUGHT[name]
    findings = check(load(wrong(name)), trial(hard_case(case_name, dtype))).findings
    assert any(finding.startswith(words) for finding in findings), findings


def test_no_wrong_one_is_forgotten():
    """The words of some are held here; that the others are caught at all is held by `python -m tests.attack`."""
    assert {source.name for source in sources(TESTS / "wrong")} == WRONG.keys() >= CAUGHT.keys()


@pytest.mark.slow
@pytest.mark.parametrize("source", sources(TESTS / "right"), ids=lambda source: source.name)
def test_right_is_accepted(source, trials):
    right = load(source)
    assert [check(right, trial).findings for trial in trials] == [()] * len(trials)


@pytest.mark.slow
@pytest.mark.parametrize("source", sources(TESTS / "right"), ids=lambda source: source.name)
@given(case=cases())
def test_right_is_accepted_on_any_problem(source, case):
    assert check(load(source), trial(case)).findings == ()


@pytest.mark.parametrize(
    ("warning", "harm"), [("matmul", ()), ("divide", ("warns: invalid value encountered in divide",))]
)
def test_a_warning_counts_unless_blas_gives_it_by_chance(warning: str, harm: tuple[str, ...]) -> None:
    def gradient(data, w, b):
        warnings.warn(f"invalid value encountered in {warning}", RuntimeWarning, stacklevel=1)
        return numpy_vectorized.gradient(data, w, b)

    warns = replace(numpy_vectorized.IMPLEMENTATION, gradient=gradient)
    assert check(warns, trial(hard_case("ordinary", "float64"))).findings == harm
