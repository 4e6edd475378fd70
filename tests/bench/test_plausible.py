"""A time below the limit has no figure anywhere. The message names the fault: the implementation, or the limit."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gradrace.bench.plausible import plausible
from gradrace.bench.results import (
    ARITHMETIC,
    FAULTS,
    FLOOR,
    FLOOR_CUDA,
    LIMITED_BY,
    OTHER_PERMILLE,
    Cell,
    Measurement,
    Results,
)
from tests.results import CELL, results_of, timed

LIMIT, ITSELF = "the limit was measured too high", "it doesn't read all of X, or returns before it has finished"


def run(*measurements: Measurement) -> Results:
    return plausible(results_of(measurements))


def test_what_takes_longer_than_the_limit_stays() -> None:
    results = run(timed("fast", [2.0] * 6), timed(FLOOR, [1.9] * 6))
    assert [one.impl for one in results.measurements] == ["fast", FLOOR]
    assert results.absences == []


def test_what_is_faster_by_less_than_the_limit_is_certain_stays() -> None:
    assert run(timed("fast", [1.91] * 6), timed(FLOOR, [2.0] * 6)).absences == []


def test_what_is_faster_within_its_interval_stays() -> None:
    assert run(timed("fast", [1.0] * 3 + [2.1] * 3), timed(FLOOR, [2.0] * 6)).absences == []


@pytest.mark.parametrize("rounds", [True, False])
@pytest.mark.parametrize("seconds", [1e-3, 1.89, 0.0])
def test_what_is_faster_beyond_its_interval_has_no_figure(seconds: float, rounds: bool) -> None:
    loop = timed("python_loop", [9.0] * 6, rounds=rounds)
    results = run(timed("lazy", [seconds] * 6, rounds=rounds), loop, timed(FLOOR, [2.0] * 6, rounds=rounds))
    assert [one.impl for one in results.measurements] == ["python_loop", FLOOR]
    (absence,) = results.absences
    assert (absence.impl, absence.outcome, absence.stage, absence.cell) == ("lazy", "implausible", "limit", CELL)
    assert absence.outcome in FAULTS
    assert absence.message.startswith(f"takes {seconds / 2:.3g} of the time that reading X takes (9")
    assert absence.message.endswith(ITSELF)


def test_leaving_out_twice_is_leaving_out_once() -> None:
    once = run(timed("lazy", [1.0] * 6), timed(FLOOR, [2.0] * 6))
    assert plausible(once) == once


def test_a_limit_whose_own_samples_are_as_fast_is_at_fault() -> None:
    unsteady = [1.0, *[2.0] * 5]
    (absence,) = run(timed("fast", [1.2] * 6, rounds=False), timed(FLOOR, [2.0] * 6, rounds=False)).absences
    assert ITSELF in absence.message
    (absence,) = run(timed("fast", [0.9, *[1.2] * 5]), timed(FLOOR, unsteady)).absences
    assert LIMIT in absence.message
    assert "race again on a quieter machine" in absence.message


@pytest.mark.parametrize(
    ("neighbours", "fault"),
    [
        ({(2000, 100): 1.0}, LIMIT),  # a larger X is read in less time
        ({(100, 1000): 1.0}, LIMIT),  # as large a one
        ({(2000, 100): 2.4, (100, 100): 0.1}, LIMIT),  # between the two a straight line says 1.2
        ({(2000, 100): 4.0, (100, 100): 0.2}, ITSELF),  # and here 2
        ({(100, 100): 0.1}, ITSELF),  # a smaller one says nothing of slower caches
    ],
)
def test_neighbouring_sizes_tell_whether_the_limit_is_at_fault(
    neighbours: dict[tuple[int, int], float], fault: str
) -> None:
    others = [timed(FLOOR, [seconds] * 6, Cell(*size)) for size, seconds in neighbours.items()]
    (absence,) = run(timed("fast", [1.3] * 6), timed(FLOOR, [2.0] * 6), *others).absences
    assert fault in absence.message


@pytest.mark.parametrize(
    "other", [replace(CELL, m=2000, **one) for one in ({"dtype": "float32"}, {"threads": 2}, {"pixels": True})]
)
def test_limits_of_other_settings_and_devices_tell_nothing(other: Cell) -> None:
    floor = timed(FLOOR, [2.0] * 6)
    (absence,) = run(timed("fast", [1.3] * 6), floor, timed(FLOOR, [1.0] * 6, other)).absences
    assert ITSELF in absence.message
    results = run(timed("fast@cuda", [1.3] * 6), floor, timed(FLOOR_CUDA, [1.0] * 6, other))
    assert results.absences == []


@pytest.mark.parametrize(
    ("seconds", "permille", "accused"),
    [
        (1.2, 500, False),  # faster than the arithmetic, as a better kernel than any known may be, not than reading
        (0.9, 500, True),
        (0.9, 400, False),
        (1e-3, None, False),  # how long reading takes is unknown
    ],
)
@pytest.mark.parametrize("rounds", [True, False])
def test_times_are_compared_with_reading_where_arithmetic_is_the_limit(
    seconds: float, permille: int | None, accused: bool, rounds: bool
) -> None:
    facts: dict[str, str | int] = {LIMITED_BY: ARITHMETIC} | ({OTHER_PERMILLE: permille} if permille else {})
    floor = timed(FLOOR, [2.0] * 6, rounds=rounds)
    floor = replace(floor, extra=replace(floor.extra, facts=facts))
    results = run(timed("fast", [seconds] * 6, rounds=rounds), floor)
    assert [one.message.partition(" (")[0] for one in results.absences] == [
        "takes 0.9 of the time that reading X takes"
    ] * accused
    assert results.measurements[-1] == floor


def test_without_a_limit_nothing_is_left_out() -> None:
    assert run(timed("fast", [1e-9] * 6)).absences == []


def test_a_clock_too_coarse_for_both_accuses_nothing() -> None:
    assert run(timed("fast", [0.0] * 6), timed(FLOOR, [0.0] * 6)).absences == []


def test_a_few_rounds_convict_only_what_takes_far_less_than_the_limit() -> None:
    """Three samples of a slow call near the limit: their range holds the median with 75 %."""
    near = run(timed("slow", [1.9] * 3), timed(FLOOR, [2.0] * 6))
    assert near.absences == []
    (absence,) = run(timed("lazy", [0.9] * 3), timed(FLOOR, [2.0] * 6)).absences
    assert absence.impl == "lazy"
