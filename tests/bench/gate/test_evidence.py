"""The gate's statistics where the truth is known: worked values, SciPy's word, and simulated pairs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import wilcoxon

from gradrace.bench.gate.evidence import Ratio, Verdict, p_above, ratio, signed_rank_counts, verdict


def test_rank_sums_of_three():
    """∅, 1, 2, 3 and 12, 13, 23, 123."""
    assert signed_rank_counts(3).tolist() == [1, 1, 1, 2, 1, 1, 1]


def test_all_pairs_above_are_as_rare_as_all_heads():
    assert p_above([0.1, 0.2, 0.3, 0.4], 0.0) == 1 / 16
    assert p_above([0.1, 0.2, 0.3, -0.05], 0.0) == 2 / 16
    assert p_above([-0.1, -0.2], 0.0) == 1


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=30, unique_by=abs))
def test_it_is_scipys_test(log_ratios):
    differences = np.array(log_ratios) - math.log1p(0.05)
    if len(np.unique(np.abs(differences))) == len(differences) and np.all(differences != 0):
        theirs = wilcoxon(differences, alternative="greater", method="exact").pvalue
        assert p_above(log_ratios, 0.05) == pytest.approx(theirs, rel=1e-9)


def test_no_difference_at_all_is_no_evidence():
    assert p_above([math.log1p(0.05)] * 10, 0.05) == 1


@pytest.mark.parametrize("spread", [np.random.default_rng(1).normal, np.random.default_rng(1).standard_t])
@pytest.mark.parametrize("n", [7, 12])
def test_the_level_is_kept_where_the_ratio_is_the_threshold(spread, n):
    """Rejected at 5 % in at most 5 % of simulations: of 4000, at most 254 (mean 200, four standard deviations)."""
    samples = spread(*([0, 0.03] if spread.__name__ == "normal" else [2]), size=(4000, n)) * 1.0
    rejected = sum(p_above(list(row + math.log1p(0.05)), 0.05) <= 0.05 for row in samples)
    assert rejected <= 254


@pytest.mark.parametrize("n", [6, 9, 20])
def test_intervals_hold_the_truth_as_often_as_they_say(n):
    """Of 3000 intervals of 95 %, at most 198 miss (mean 150, four standard deviations)."""
    rng = np.random.default_rng(n)
    truth = 0.07
    found = [ratio(list(truth + 0.04 * row)) for row in rng.standard_normal((3000, n))]
    assert sum(not r.low <= math.exp(truth) <= r.high for r in found) <= 198


def test_few_pairs_say_how_unsure_they_are():
    found = ratio([0.01, 0.02, 0.03, 0.04])
    assert found.confidence == pytest.approx(1 - 2 / 16)
    assert (found.low, found.high) == pytest.approx((math.exp(0.01), math.exp(0.04)))
    assert verdict(found, 0.05) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1.06, 1.2, Verdict.SLOWER),
        (1.04, 1.2, Verdict.UNKNOWN),
        (0.97, 1.04, Verdict.SAME),
        (0.8, 0.94, Verdict.FASTER),
        (0.8, 0.96, Verdict.NOT_SLOWER),
    ],
)
def test_verdicts(low, high, expected):
    assert verdict(Ratio(math.sqrt(low * high), low, high, 0.95), 0.05) is expected


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=20))
def test_exchanging_the_sides_inverts_the_ratio(log_ratios):
    one, other = ratio(log_ratios), ratio([-value for value in log_ratios])
    assert one.middle == pytest.approx(1 / other.middle)
    assert (one.low, one.high) == pytest.approx((1 / other.high, 1 / other.low))
