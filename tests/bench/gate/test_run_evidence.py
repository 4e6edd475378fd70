"""The statistics of two groups of runs where the truth is known: worked values, SciPy's word, and simulated runs."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from gradrace.bench.gate.evidence import Verdict, verdict
from gradrace.bench.gate.runs.run_evidence import least_p, p_above, ratio, u_counts

LOGS = st.lists(st.floats(-1, 1), min_size=1, max_size=9)


@pytest.mark.parametrize(("n", "others"), [(1, 1), (1, 4), (4, 1), (2, 2), (3, 5), (6, 4)])
def test_wins_are_counted_as_by_hand(n, others):
    counted = np.zeros(n * others + 1)
    for places in combinations(range(n + others), n):
        counted[sum(place - number for number, place in enumerate(places))] += 1
    assert u_counts(n, others).tolist() == counted.tolist()


@given(LOGS, LOGS)
def test_it_is_scipys_test(old, new):
    divided = np.array(new) - math.log1p(0.05)
    together = [*divided, *old]
    if len(np.unique(together)) == len(together):
        theirs = mannwhitneyu(divided, old, alternative="greater", method="exact").pvalue
        assert p_above(old, new, 0.05) == pytest.approx(theirs, rel=1e-9)


def test_the_clearest_evidence_is_as_strong_as_it_can_be():
    assert p_above([0.01, 0.02, 0.03], [0.4, 0.5], 0.05) == least_p(3, 2) == 1 / 10
    assert p_above([0.4, 0.5], [0.01, 0.02, 0.03], 0.05) == 1


def test_ties_speak_against():
    assert p_above([0.0, 0.0, 0.0], [math.log1p(0.05)] * 3, 0.05) == 1


@pytest.mark.parametrize("spread", ["normal", "heavy"])
def test_the_level_is_kept_where_the_ratio_is_the_threshold(spread):
    """Rejected at 5 % in at most 5 % of simulations: of 4000, at most 254 (mean 200, four standard deviations)."""
    rng = np.random.default_rng(2)
    made = 0.03 * (rng.standard_normal((4000, 11)) if spread == "normal" else rng.standard_t(2, (4000, 11)))
    rejected = sum(p_above(row[:5], row[5:] + math.log1p(0.05), 0.05) <= 0.05 for row in made)
    assert rejected <= 254


@pytest.mark.parametrize(("before", "after"), [(4, 4), (5, 8), (9, 9)])
def test_intervals_hold_the_truth_as_often_as_they_say(before, after):
    """Of 3000 intervals of 95 %, at most 198 miss (mean 150, four standard deviations)."""
    made = 0.04 * np.random.default_rng(before).standard_normal((3000, before + after))
    found = [ratio(row[:before], row[before:] + 0.07) for row in made]
    assert sum(not r.low <= math.exp(0.07) <= r.high for r in found) <= 198


def test_few_runs_say_how_unsure_they_are():
    found = ratio([0.0, 0.01, 0.02], [0.5, 0.51, 0.52])
    assert found.confidence == pytest.approx(0.9)
    assert (found.low, found.high) == pytest.approx((math.exp(0.48), math.exp(0.52)))
    assert verdict(found, 0.05) is Verdict.UNKNOWN


@given(LOGS, LOGS)
def test_exchanging_the_sides_inverts_the_ratio(old, new):
    one, other = ratio(old, new), ratio(new, old)
    assert one.middle == pytest.approx(1 / other.middle)
    assert (one.low, one.high) == pytest.approx((1 / other.high, 1 / other.low))
