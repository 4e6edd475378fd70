"""Multiples of the limit are compared where all runs have the same limit; otherwise those of reading X."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from gradrace.bench.gate.runs.caveats import caveats
from gradrace.bench.gate.runs.medians import MULTIPLES, Key, Quantities, medians, quantities
from gradrace.bench.gate.runs.saved import Run
from gradrace.bench.results import ARITHMETIC, FLOOR, LIMITED_BY, OTHER_PERMILLE, Cell, Extra, Measurement, Results

KEY = Key(Cell(1000, 10), "a")


def run(seconds: float, limit: float, facts: dict[str, str | int] | None = None) -> Run:
    """A run of one implementation and the limit, which has these facts."""
    found = [
        Measurement(impl=impl, cell=KEY.cell, samples_s=[its] * 6, calls=1, extra=Extra(rounds=[*range(6)], facts=of))
        for impl, its, of in ((KEY.impl, seconds, None), (FLOOR, limit, facts))
    ]
    return Run(Path("results.json"), Results(measurements=found, absences=[], machine={}, commit={}, datetime=""))


def compared(old: list[Run], new: list[Run]) -> Quantities:
    return quantities(medians(old)[KEY], medians(new)[KEY], one_machine=False)


READS = run(8.0, 2.0)
COMPUTES = run(8.0, 4.0, {LIMITED_BY: ARITHMETIC, OTHER_PERMILLE: 500})
UNKNOWN = run(8.0, 4.0, {LIMITED_BY: ARITHMETIC})


def test_multiples_of_one_limit_are_compared_as_they_are() -> None:
    assert [*compared([READS], [READS])[MULTIPLES]] == [pytest.approx([math.log(4)])] * 2
    assert [*compared([COMPUTES], [COMPUTES])[MULTIPLES]] == [pytest.approx([math.log(2)])] * 2


def test_of_two_limits_multiples_of_reading_are_compared() -> None:
    old, new = compared([READS, COMPUTES], [COMPUTES])[MULTIPLES]
    assert old == pytest.approx([math.log(4)] * 2)
    assert new == pytest.approx([math.log(4)])


def test_without_the_time_of_reading_two_limits_are_not_compared() -> None:
    assert compared([UNKNOWN], [UNKNOWN]).keys() == {MULTIPLES}
    assert compared([READS], [UNKNOWN]) == {}


def test_another_limit_is_no_slower_machine() -> None:
    slower = run(8.0, 4.0)
    assert any("took 2.00 times" in one for one in caveats([READS] * 6, [slower] * 6, 0.05, one_machine=True))
    assert not any("itself took" in one for one in caveats([READS] * 6, [COMPUTES] * 6, 0.05, one_machine=True))
