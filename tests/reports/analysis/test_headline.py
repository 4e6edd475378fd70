"""The answer says what the samples say: how much, by whom, how sure, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pytest

from gradrace.bench.results import Absence, Cell, Outcome, Results
from gradrace.reports.analysis.headline import fault_sentences, headline, right_sentences, telling_cell
from gradrace.reports.analysis.tables import tidy
from tests.results import results_of, timed

CELL = Cell(1000, 100)
NOISE = (0.99, 1.01, 1.0, 0.98, 1.02, 1.0, 1.0)
TECHNIQUES = {
    "python_loop": "loop",
    "numpy_columns": "half-vectorized",
    "numpy_vectorized": "vectorized",
    "numba_loop": "compiled",
    "numba_parallel": "compiled",
}


RACE = {"python_loop": 1.0, "numpy_vectorized": 0.5}
ALONE = {"numpy_vectorized": 0.5}
FULL = {**RACE, "numba_loop": 0.1}


def run(*cells: tuple[Cell, Mapping[str, float]], rounds: bool = True, noise: tuple[float, ...] = NOISE) -> list[str]:
    """The headline of implementations that take so many seconds in these cells, with a noise that is common to all."""
    return headline(table(*cells, rounds=rounds, noise=noise))


def table(
    *cells: tuple[Cell, Mapping[str, float]], rounds: bool = True, noise: tuple[float, ...] = NOISE
) -> pd.DataFrame:
    measurements = [
        timed(impl, [seconds * factor for factor in noise], cell, rounds=rounds, technique=TECHNIQUES.get(impl))
        for cell, times in cells
        for impl, seconds in times.items()
    ]
    return tidy(results_of(measurements))


def test_it_tells_what_vectorizing_and_compiling_bought() -> None:
    times = {"python_loop": 0.1453, "numpy_vectorized": 1e-3, "numba_loop": 5e-3, "numba_parallel": 2.1368e-3}
    (answer,) = run((CELL, times))
    assert answer == (
        "At m = 1000, n_x = 100 vectorizing made the loop 150× faster (numpy_vectorized), "
        "compiling made it 29× faster (numba_loop). The fastest is numpy_vectorized (1.0 ms a gradient)."
    )


def test_contestants_stay_whatever_is_faster() -> None:
    times = {"python_loop": 1.0, "numpy_vectorized": 1e-2, "numba_loop": 2e-2, "cupy_vectorized@cuda": 5e-3}
    times |= {"numba_parallel": 6e-3, "numpy_columns": 7e-3}
    (answer,) = run((CELL, times))
    assert answer == (
        "At m = 1000, n_x = 100 vectorizing made the loop 100× faster (numpy_vectorized), "
        "compiling made it 50× faster (numba_loop). The fastest is cupy_vectorized@cuda, 200× (5.0 ms a gradient)."
    )


def test_a_tie_is_told_as_one_with_three_names_at_most() -> None:
    times = {"python_loop": 1.0, "numpy_vectorized": 0.1, **{f"fast_{n}": 0.01 + n * 1e-5 for n in range(5)}}
    (answer,) = run((CELL, times))
    assert answer.endswith(
        ". The fastest are fast_0 (100×, 10 ms), fast_1 (100×, 10 ms), fast_2 (100×, 10 ms) and 2 more, tied."
    )


def test_the_loop_may_be_the_fastest() -> None:
    (answer,) = run((CELL, {"python_loop": 1e-6, "numpy_vectorized": 5e-6}))
    assert answer.endswith(
        "5.0× slower (numpy_vectorized). The fastest is python_loop, 1.0 µs a gradient (95 % interval 980 ns–1.0 µs)."
    )


def test_the_interval_is_told_where_it_is_wider_than_the_rounding() -> None:
    paired = {"python_loop": (9.0, 10.0, 11.0, 10.0, 10.0, 10.0), "numpy_vectorized": (1.0,) * 6}
    measurements = [timed(impl, samples, CELL, technique=TECHNIQUES[impl]) for impl, samples in paired.items()]
    (first,) = headline(tidy(results_of(measurements)))
    assert "vectorizing made the loop 10× faster (numpy_vectorized; 95 % interval 9.0–11×)." in first


def test_what_is_slower_is_called_slower() -> None:
    first, *_ = run((CELL, {"python_loop": 1.0, "numpy_vectorized": 0.25, "numba_loop": 3.0}))
    assert "made the loop 4.0× faster (numpy_vectorized), compiling made it 3.0× slower (numba_loop)." in first


def test_what_the_interval_leaves_open_is_left_open() -> None:
    (first,) = run((CELL, {"python_loop": 1.0, "numpy_vectorized": 1.01}), rounds=False)
    assert first.endswith(
        "vectorizing made the loop neither faster nor slower (numpy_vectorized). "
        "The fastest are python_loop (1.0 s) and numpy_vectorized (0.99×, 1.0 s), tied."
    )


def test_without_rounds_medians_apart_still_count() -> None:
    first, *_ = run((CELL, {"python_loop": 1.0, "numpy_vectorized": 0.5}), rounds=False)
    assert first.endswith(
        "vectorizing made the loop 2.0× faster (numpy_vectorized). The fastest is numpy_vectorized (500 ms a gradient)."
    )


def test_the_slides_own_case_is_told_too() -> None:
    times = {"python_loop": 1.0, "numpy_vectorized": 0.01}
    *_, case = run((CELL, times), (Cell(209, 12288), {"python_loop": 1.0, "numpy_vectorized": 0.005}))
    assert case == (
        "In the slide's own case (m = 209, n_x = 12,288) vectorizing made the loop 200× faster (numpy_vectorized). "
        "The fastest is numpy_vectorized (5.0 ms a gradient)."
    )


def test_without_the_slides_loop_there_is_no_speed_up() -> None:
    first, second = run((CELL, {"numba_loop": 2.0, "numpy_vectorized": 1.0}))
    assert first.startswith("At m = 1000, n_x = 100 the fastest is numpy_vectorized, 1.0 s a gradient")
    assert "slide's loop (python_loop) was not measured" in second
    assert "×" not in first + second


def test_one_implementation_alone_is_compared_with_nothing() -> None:
    (only,) = run((CELL, {"numba_loop": 2.0}))
    assert only.startswith("At m = 1000, n_x = 100 numba_loop takes 2.0 s a gradient")
    assert only.endswith("; nothing else was measured there.")


def test_one_sample_is_called_one_sample() -> None:
    (first,) = run((CELL, {"python_loop": 1.0, "mine": 0.5, "numpy_vectorized": 0.6}), noise=(1.0,))
    assert "1.7× faster (numpy_vectorized; one sample)" in first
    assert first.endswith(
        ". The fastest are mine (2.0×, 500 ms; one sample) and numpy_vectorized (1.7×, 600 ms; one sample), tied."
    )
    (alone,) = run((CELL, {"mine": 0.5}), noise=(1.0,))
    assert "500 ms a gradient (one sample)" in alone


@pytest.mark.parametrize(("rounds", "confidence"), [(2, 50), (3, 75), (5, 93), (6, 95)])
def test_few_samples_lower_the_confidence_that_is_told(rounds: int, confidence: int) -> None:
    noise = (0.9, 1.1, 1.0, 1.05, 0.95, 1.0)[:rounds]
    first, _ = run((CELL, {"mine": 0.5, "other": 2.0}), noise=noise)
    assert f"the fastest is mine, 500 ms a gradient ({confidence} % interval 450–550 ms)." in first.replace(
        "490", "500"
    )


def test_few_rounds_decide_only_what_is_clear() -> None:
    """Three rounds that happen to lie close together have an interval of 75 %, which 1.2 isn't clear enough for."""
    times = {"mine": 1.0, "other": 1.2}
    few, many = (run((CELL, times), noise=NOISE[:count])[0] for count in (3, 6))
    assert (
        "the fastest are mine (1.0 s; 75 % interval 990 ms–1.0 s) and other (1.2 s; 75 % interval 1.2–1.2 s), tied."
        in few
    )
    assert "the fastest is mine, 1.0 s" in many


def test_without_contestants_the_fastest_is_told() -> None:
    first, *_ = run((CELL, {"python_loop": 1.0, "my_own": 0.5}))
    assert first == (
        "At m = 1000, n_x = 100 the fastest is my_own, 2.0× faster than the slide's loop (500 ms a gradient)."
    )


def test_precision_and_threads_are_told_where_there_are_several() -> None:
    times = {"python_loop": 1.0, "numpy_vectorized": 0.5}
    first, *_ = run((CELL, times), (Cell(1000, 100, "float32"), times))
    assert first.startswith("At m = 1000, n_x = 100, float64, 1 thread vectorizing")


def absent(impl: str, outcome: Outcome, cell: Cell | None = CELL) -> Absence:
    return Absence(impl=impl, outcome=outcome, stage="verify", message="dw", cell=cell)


def test_what_is_at_fault_is_named_the_worst_first() -> None:
    faults = [absent("slow", "skipped"), absent("lazy", "implausible"), absent("other", "failed")]
    faults += [absent("your_own", "wrong"), absent("my_own", "wrong"), absent("my_own", "wrong", Cell(10, 10))]
    assert fault_sentences(faults) == [
        "Wrong gradient, so not timed: my_own and your_own.",
        "Failed, so not timed: other.",
        "Faster than the limit, so left out: lazy.",
    ]
    assert fault_sentences([absent("slow", "skipped")]) == []


def test_what_is_at_fault_at_some_sizes_only_has_their_number() -> None:
    faults = [absent("numpy_vectorized", "wrong", Cell(10, 10)), absent("python_loop", "failed", Cell(10, 10))]
    assert fault_sentences([*faults, absent("python_loop", "failed", Cell(20, 20))], {*RACE}) == [
        "Wrong gradient, so not timed: numpy_vectorized (at 1 size).",
        "Failed, so not timed: python_loop (at 2 sizes).",
    ]


def test_where_as_many_were_skipped_the_fastest_is_that_of_the_measured() -> None:
    skipped = [absent("a", "skipped"), absent("b", "skipped"), absent("b", "skipped"), absent("c", "wrong")]
    elsewhere = absent("c", "skipped", Cell(10, 10))
    (told,) = headline(table((CELL, RACE)), skipped)
    assert "The fastest of the 2 measured is numpy_vectorized (500 ms a gradient)." in told
    (told,) = headline(table((CELL, RACE)), [absent("a", "skipped"), absent("b", "skipped", None)])
    assert "The fastest of the 2 measured is numpy_vectorized" in told  # b wasn't started, which holds for all sizes
    (told,) = headline(table((CELL, RACE)), [*skipped[1:], elsewhere])
    assert "The fastest is numpy_vectorized" in told
    (told,) = headline(table((CELL, {"python_loop": 1.0, "a": 0.5, "b": 0.5})), [absent(x, "skipped") for x in "xyz"])
    assert "the fastest of the 3 measured are a (2.0×, 500 ms) and b (2.0×, 500 ms), tied." in told


@pytest.mark.parametrize(
    ("cells", "telling"),
    [
        ([(CELL, RACE), (Cell(10, 10), FULL)], CELL),
        ([(CELL, ALONE), (Cell(10, 10), RACE)], Cell(10, 10)),
        ([(Cell(20, 20), RACE), (Cell(10, 10), FULL)], Cell(10, 10)),
        ([(Cell(10, 10), RACE), (Cell(20, 20), RACE)], Cell(20, 20)),
        ([(Cell(1000, 100, "float32"), RACE), (CELL, RACE)], CELL),
        ([], None),
    ],
)
def test_the_telling_cell(cells: list[tuple[Cell, Mapping[str, float]]], telling: Cell | None) -> None:
    assert telling_cell(table(*cells)) == telling


def test_times_below_what_any_clock_sees_have_no_ratio() -> None:
    """Or the ratio would be 0 where the rounds are not known, and so its inverse none."""
    answer, *_ = run((CELL, {"python_loop": 1e-320, "numpy_vectorized": 1e9}), rounds=False)
    assert answer == (
        "At m = 1000, n_x = 100 vectorizing made the loop — slower (numpy_vectorized). "
        "Too few times are long enough for the clock to compare them."
    )


def test_the_largest_error_of_the_timed_gradients_is_told(results: Results) -> None:
    worst = max(one.extra.error_over_bound.worst for one in results.measurements if one.extra.error_over_bound)
    (sentence,) = right_sentences(tidy(results))
    assert sentence == f"All timed gradients are right: error / bound is at most {worst:.2g}."
    assert right_sentences(table((CELL, {"python_loop": 1.0}))) == []
