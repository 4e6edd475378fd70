"""Gradient descent: the update, and the same costs from every implementation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from gradrace.bench.problems import made_up, pixels
from gradrace.bench.timing import Deadline
from gradrace.bench.training.curvature import Curvature, too_large
from gradrace.bench.training.descent import Diverged, OutOfTime, Schedule, State, train
from gradrace.bench.training.prediction import quality, scores
from gradrace.bench.verification.reference import WrongGradient
from gradrace.impls.discovery import Source, Unavailable, everyone, load, sources
from gradrace.impls.interface import Implementation, Problem
from tests.bench.implementations import write
from tests.bench.simulated import Clock

VECTORIZED = load(everyone()["numpy_vectorized"])


def separable(m: int = 40) -> Problem:
    """Examples that a line through the origin tells apart."""
    rng = np.random.default_rng(3)
    X = rng.standard_normal((3, m))
    return Problem(X, (X[0] - X[1] > 0).astype(float)[np.newaxis], X.dtype)


def trained(implementation: Implementation, problem: Problem, **schedule: float) -> list[State]:
    return list(train(implementation, problem, Schedule(**{"alpha": 0.3, "iterations": 300, **schedule})))


def test_the_first_step_is_the_slides_update() -> None:
    """At zeros, a = ½ for every example: dz = ±½, and with these numbers nothing has to be rounded but log 2."""
    X, Y = np.array([[1, -3, 4, 0], [2, 0.5, -1, 8]]), np.array([[1.0, 0, 1, 1]])
    start, end = trained(VECTORIZED, Problem(X, Y, X.dtype), alpha=0.5, iterations=1)
    assert abs(start.J - np.log(2)) <= np.spacing(np.log(2))  # log1p(1) and log(2) may be rounded apart
    assert end.w.tolist() == [0.5 * 1, 0.5 * 1.0625]
    assert end.b == 0.5 * 0.25


def test_the_cost_falls_and_the_examples_are_told_apart() -> None:
    problem = separable()
    states = trained(VECTORIZED, problem, alpha=1.0, iterations=250)
    assert all(later.J < earlier.J for earlier, later in pairwise(states))
    assert [state.iteration for state in states] == [0, 100, 200, 250]
    assert quality(problem, scores(problem, states[-1].w, float(states[-1].b))).accuracy >= 0.975


def test_a_tolerance_stops_where_little_is_gained() -> None:
    states = trained(VECTORIZED, separable(), iterations=100_000, tolerance=0.05)
    falls = [(earlier.J - later.J) / earlier.J for earlier, later in pairwise(states)]
    assert states[-1].iteration < 100_000
    assert all(fall >= 0.05 for fall in falls[:-1])
    assert falls[-1] < 0.05


def test_a_cost_that_rises_does_not_stop_it() -> None:
    for tolerance in (0.0, 0.001):
        states = trained(VECTORIZED, pixels(60, 7).problem, alpha=5.0, iterations=400, tolerance=tolerance)
        assert states[1].J > states[0].J
        assert states[-1].iteration == (400 if tolerance == 0 else 300)


def test_alpha_decays_every_hundred_iterations() -> None:
    schedule = Schedule(alpha=0.6, iterations=1, decay=0.5)
    assert [schedule.rate(iteration) for iteration in (0, 99, 100, 200)] == pytest.approx([0.6, 0.6, 0.4, 0.3])
    steady, slower = (trained(VECTORIZED, separable(), iterations=200, decay=decay) for decay in (0.0, 0.5))
    assert steady[1].J == slower[1].J
    assert steady[2].J < slower[2].J


def test_a_descent_that_overflows_is_explained() -> None:
    case = made_up(40, 3).problem
    far = Problem(1000 * case.X, case.Y, case.dtype)
    with pytest.raises(Diverged, match=r"overflow by iteration 100; alpha 1e\+308 is too large: the features' scales"):
        trained(VECTORIZED, far, alpha=1e308)


def test_what_is_said_of_an_alpha_is_what_the_curvature_allows() -> None:
    problem = separable()
    allowed = Curvature(problem).largest_alpha()
    assert (
        re.sub(r"with which .* iterations", "", too_large(problem, 1.1 * allowed)).partition(" is ")[2]
        == f"too large: these features allow {0.9 * allowed:.2g}, ; try --alpha {0.9 * allowed:.2g}"
    )
    assert "small enough, so rounding is the cause; --tolerance" in too_large(problem, 0.9 * allowed)


@pytest.mark.parametrize(("alpha", "more"), [(0.5, ""), (100.0, r" --alpha (\S+)")])
def test_features_of_very_different_scales_are_to_be_standardized(alpha: float, more: str) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3, 50)) * [[1000.0], [1.0], [0.01]] + [[1e5], [3.0], [0.0]]
    problem = Problem(X, (X[:1] > 1e5).astype(float), np.dtype("float64"))
    advice = re.fullmatch(
        rf"alpha {alpha:g} is too large: the features' scales are very different \(standardized, the cost falls "
        rf"halfway in about \d iterations\); try --scale standardize{more}",
        too_large(problem, alpha),
    )
    assert advice, too_large(problem, alpha)
    rate = float(advice[1]) if more else alpha
    standardized = replace(problem, X=(X - X.mean(1, keepdims=True)) / X.std(1, keepdims=True))
    assert rate < Curvature(standardized).largest_alpha()
    assert Curvature(standardized).largest_alpha() == pytest.approx(
        Curvature(problem, X.mean(1), X.std(1)).largest_alpha(), rel=1e-6
    )


def costs(implementation: Implementation) -> list[str]:
    return [f"{state.J:.6f}" for state in trained(implementation, separable(m=17), iterations=150)]


@pytest.mark.slow
@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_every_implementation_prints_the_same_costs(source: Source) -> None:
    try:
        implementation = load(source)
    except Unavailable as reason:
        pytest.skip(str(reason))
    assert costs(implementation) == costs(VECTORIZED)


def test_a_wrong_implementation_does_not_train(tmp_path: Path) -> None:
    wrong = load(write(tmp_path, "column", gradient="dw = dw[:, np.newaxis]"))
    with pytest.raises(WrongGradient, match=r"dw is float64 of shape \(3, 1\), not float64 of shape \(3,\)"):
        trained(wrong, separable())


class Slow:
    """An implementation whose gradients take a second, and a first descent of so many steps 20 s more to compile."""

    def __init__(self) -> None:
        self.clock, self.made = Clock(), set[int]()

    def gradient(self, data: Problem, w: np.ndarray, b: float) -> tuple[float, np.ndarray, float]:
        self.clock.now_s += 1
        return VECTORIZED.gradient(VECTORIZED.prepare(data), w, b)

    def descend(self, data: Problem, w: np.ndarray, b: float, alpha: float, steps: int) -> tuple[np.ndarray, float]:
        self.clock.now_s += 20 * (steps not in self.made)
        self.made.add(steps)
        for _ in range(steps):
            _, dw, db = self.gradient(data, w, b)
            w, b = w - alpha * dw, b - alpha * db
        return w, b

    def plain(self) -> Implementation:
        return replace(VECTORIZED, prepare=lambda problem: problem, gradient=self.gradient)

    def with_descent(self) -> Implementation:
        return replace(self.plain(), descend=self.descend)

    def descent(self, seconds: float, *, own: bool = False, start: State | None = None) -> Iterator[State]:
        implementation = self.with_descent() if own else self.plain()
        until = Deadline(self.clock, self.clock() + seconds * 1e9)
        return train(implementation, separable(), Schedule(alpha=0.3, iterations=250), start, until)


def until_out_of_time(descent: Iterator[State]) -> list[State]:
    """The states until no further step fits the time."""
    states = []
    with pytest.raises(OutOfTime):  # noqa: PT012  # what came before it is wanted too
        for state in descent:
            states.append(state)  # noqa: PERF402
    return states


@pytest.mark.parametrize("seconds", [30.0, 149.0, 170.0])
def test_a_descent_stops_in_time_at_any_step_and_goes_on_to_the_same_bits(seconds: float) -> None:
    slow = Slow()
    states = until_out_of_time(slow.descent(seconds))
    assert slow.clock.now_s <= seconds
    assert states[-1].iteration > seconds - 10
    *_, end = train(slow.plain(), separable(), Schedule(alpha=0.3, iterations=250), states[-1])
    *_, whole = trained(VECTORIZED, separable(), iterations=250)
    assert end.w.tobytes() == whole.w.tobytes()


def test_a_descent_of_its_own_stops_at_a_look() -> None:
    slow = Slow()
    states = until_out_of_time(slow.descent(300.0, own=True))
    assert [state.iteration for state in states] == [0, 100]
    assert slow.clock.now_s <= 300.0


def test_what_compiles_has_compiled_before_the_first_state() -> None:
    slow = Slow()
    descent = slow.descent(1e6, own=True)
    next(descent)
    before_s = slow.clock.now_s
    assert slow.made == {100, 50}
    assert sum(1 for _ in descent) == 3
    assert slow.clock.now_s - before_s == 250 + 3  # steps and looks


def test_a_resumed_descent_is_in_time_too() -> None:
    slow = Slow()
    start = State(120, 0.5, np.zeros(3), np.float64(0))
    (state,) = until_out_of_time(slow.descent(60.0, start=start))
    assert 120 < state.iteration < 200
    assert slow.clock.now_s <= 60.0
