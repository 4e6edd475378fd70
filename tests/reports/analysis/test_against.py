"""Is mine faster? Told from ratios within rounds, and not told where they don't tell."""

from __future__ import annotations

from gradrace.bench.results import FLOOR, Absence, Cell, Extra, Measurement, Results
from gradrace.reports.analysis.against import against, against_slowest
from gradrace.reports.analysis.analysis import Analysis
from tests.results import results_of

SMALL, LARGE = Cell(10, 10), Cell(1000, 100)
ROUNDS = [*range(6)]


def measured(impl: str, samples_s: list[float], cell: Cell = SMALL, rounds: list[int] | None = None) -> Measurement:
    extra = Extra(rounds=ROUNDS if rounds is None else rounds)
    return Measurement(impl=impl, cell=cell, samples_s=samples_s, calls=1, extra=extra)


def run(*measurements: Measurement, absences: tuple[Absence, ...] = ()) -> Results:
    return results_of(measurements, absences)


DRIFT = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]


def test_faster_slower_and_not_to_be_told_apart_are_told_within_rounds() -> None:
    """The machine slows down from round to round by far more than the implementations differ."""
    found = against(
        run(
            measured("rival", DRIFT),
            measured("half", [0.5 * one for one in DRIFT]),
            measured("triple", [3 * one for one in DRIFT]),
            measured("same", [one * factor for one, factor in zip(DRIFT, [0.9, 1.1] * 3, strict=True)]),
            measured(FLOOR, [0.1] * 6),
        ),
        "rival",
    )
    assert [line.partition(" rival at m = 10, n_x = 10")[0] for line in found] == [
        "half is 2.00× as fast (95 % interval 2.00–2.00×) as",
        "triple takes 3.00× as long (95 % interval 3.00–3.00×) as",
        "same is neither clearly faster nor slower (95 % interval 0.909–1.11×) than",
    ]


def test_where_one_is_missing_there_is_no_answer() -> None:
    gone = Absence(impl="rival", outcome="skipped", stage="plan", message="dear", cell=LARGE)
    found = against(run(measured("rival", DRIFT), measured("mine", DRIFT, LARGE), absences=(gone,)), "rival")
    assert [line.split(" at ")[0] for line in found] == [
        "rival was the only implementation measured",
        "rival was not measured",
    ]


def test_the_only_one_at_every_size_is_said_to_be_alone_once() -> None:
    """As where --impl mine.py --against rival finds that mine is wrong."""
    alone = run(measured("rival", DRIFT), measured(FLOOR, [0.1] * 6), measured("rival", DRIFT, LARGE))
    assert against(alone, "rival") == [
        "rival was the only implementation measured, so that there is nothing to compare"
    ]


def test_without_common_rounds_nothing_is_claimed() -> None:
    (line,) = against(run(measured("rival", DRIFT), measured("mine", DRIFT, rounds=[*range(10, 16)])), "rival")
    assert line.startswith("mine shares too few rounds to be compared with rival")


def test_the_fastest_is_compared_with_the_slowest() -> None:
    three = [measured(impl, [factor * one for one in DRIFT]) for impl, factor in (("a", 1.0), ("b", 5.0), ("c", 2.0))]
    assert against_slowest(run(*three), SMALL) == "a is 5.00× as fast (95 % interval 5.00–5.00×) as b, the slowest"
    assert against_slowest(run(three[0]), SMALL) is None
    tied = measured("d", [1.04 * one for one in DRIFT])
    assert against_slowest(run(three[0], tied), SMALL) is None  # "d, the slowest" would contradict "a and d, tied"
    assert against_slowest(run(), SMALL) is None


def test_one_shared_round_has_no_interval() -> None:
    """A short budget may end after one: it read "0 % interval 5.00–5.00×"."""
    results = run(measured("a", [1.0]), measured("b", [5.0]))
    assert against_slowest(results, SMALL) == "a is 5.00× as fast (one sample) as b, the slowest"
    assert any("as fast (one sample) as b" in line for line in against(results, "b"))


def test_a_run_without_the_slides_loop_has_a_ratio_in_its_answer() -> None:
    two = [measured("mine", [3 * one for one in DRIFT], LARGE), measured("numba_fused", DRIFT, LARGE)]
    assert (
        Analysis(run(*two))
        .headline[0]
        .endswith(
            ". numba_fused is 3.00× as fast (95 % interval 3.00–3.00×) as mine, the slowest; "
            "the slide's loop (python_loop) was not measured."
        )
    )
    assert not any("slowest" in line for line in Analysis(run(*two), rivals=["mine"]).headline)
    loop = measured("python_loop", [9 * one for one in DRIFT], LARGE)
    assert not any("slowest" in line for line in Analysis(run(*two, loop)).headline)
