"""Sentences of a run about the precision of its ratios."""

from __future__ import annotations

import pytest

from gradrace.bench.results import BASELINE, FLOOR, Measurement
from gradrace.reports.analysis.noise import precision_sentences
from tests.results import results_of, timed


def said(*measurements: Measurement, precision: float | None = 0.05) -> list[str]:
    options = {} if precision is None else {"precision": precision}
    return precision_sentences(results_of(measurements, options=options))


STEADY, UNSTEADY = timed("steady", [2.0] * 6), timed("unsteady", [2.0, 2.0, 2.0, 2.0, 2.0, 4.0])
REFERENCES = timed(FLOOR, [1.0] * 6), timed(BASELINE, [9.0] * 6)


def test_all_that_is_wanted_is_reached() -> None:
    (sentence,) = said(*REFERENCES, STEADY)
    half = "Precision: within this run, half of the ratios are known to ±0 % or better"
    assert sentence == f"{half}, all of them to the requested ±5.0 %."


def test_the_least_known_is_named() -> None:
    (sentence,) = said(*REFERENCES, STEADY, UNSTEADY)
    assert sentence.endswith(", the least certain one to ±50 % (unsteady's share at m = 1000, n_x = 100).")


def test_ratios_of_one_kind_are_called_what_they_are() -> None:
    limit, loop = REFERENCES
    (shares,) = said(limit, STEADY, UNSTEADY)
    assert "half of the shares of the limit are known to" in shares
    assert shares.endswith("±50 % (unsteady's share at m = 1000, n_x = 100).")
    (speedups,) = said(loop, STEADY, UNSTEADY)
    assert "half of the speed-ups are known to" in speedups
    assert speedups.endswith("±50 % (unsteady's speed-up at m = 1000, n_x = 100).")


def test_no_ratio_reads_as_if_it_might_be_negative() -> None:
    (sentence,) = said(*REFERENCES, STEADY, timed("wild", [2.0, 2.0, 2.0, 2.0, 2.0, 12.0]))
    assert sentence.endswith(
        ", the least certain one only to a factor of 2 or more (wild's speed-up at m = 1000, n_x = 100)."
    )


@pytest.mark.parametrize("measurements", [(STEADY,), (*REFERENCES[:1], timed("slow", [5.0, 9.0, 7.0])), ()])
def test_nothing_is_said_where_no_ratio_is_known(measurements: tuple[Measurement, ...]) -> None:
    assert said(*measurements) == []


def test_nothing_is_said_of_runs_that_wanted_nothing() -> None:
    assert said(*REFERENCES, STEADY, precision=None) == []
