"""How far right descents may drift apart: the limit is what rounding can do, no more and no less."""

from __future__ import annotations

import tracemalloc
from itertools import count

import numpy as np
import pytest

from gradrace.bench.problems import made_up, pixels
from gradrace.bench.stepping import AnyImplementation, cost, steps
from gradrace.bench.text import duration
from gradrace.bench.training import drift
from gradrace.bench.training.comparison import compare
from gradrace.bench.training.descent import Schedule, State, train
from gradrace.bench.training.drift import Expected, expected
from gradrace.bench.verification.bound import bound
from gradrace.bench.verification.exact.oracle import oracle
from gradrace.impls.discovery import everyone, load
from gradrace.impls.interface import Problem
from tests.bench.verification.test_verifier_catches import wrong

MARKS = [0, 1, 99, 100, 101, 230, 250]
SCHEDULE = Schedule(alpha=5.0, iterations=250, decay=0.2)

UNFINISHED = Schedule(alpha=0.05, iterations=120, decay=0.2)
"""Near the minimum no error moves the cost any more."""


def states(problem: Problem, schedule: Schedule = SCHEDULE) -> list[State]:
    return list(train(drift.REFERENCE, drift.precise(problem), schedule))


def found(problem: Problem, schedule: Schedule = SCHEDULE, marks: list[int] = MARKS) -> list[Expected]:
    return expected(problem, states(problem, schedule), schedule.rate, marks)


def costs(implementation: AnyImplementation, problem: Problem, schedule: Schedule, marks: list[int]) -> list[float]:
    """J of an implementation's own descent after each of `marks` iterations."""
    data = implementation.prepare(problem)
    w, b, told = np.zeros(problem.n_x, problem.dtype), problem.dtype.type(0), []
    for iteration in range(max(marks) + 1):
        if iteration in marks:
            told.append(cost(implementation, data, w, b))
        w, b = steps(implementation, data, w, b, schedule.rate(iteration), 1)
    return told


def named(impl: str) -> AnyImplementation:
    return load(everyone()[impl])


def test_costs_are_those_of_the_descent():
    problem = made_up(40, 5).problem
    right = costs(named("numpy_vectorized"), problem, SCHEDULE, MARKS)
    assert [one.iteration for one in found(problem)] == MARKS
    assert [one.J for one in found(problem)] == pytest.approx(right, rel=1e-13)


@pytest.mark.parametrize("impl", ["python_loop", "numpy_vectorized", "numba_fused", "numba_loop"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("make", [made_up, pixels])
def test_right_descents_stay_within_the_limit(impl, dtype, make):
    problem = make(60, 7, dtype).problem
    for (_, J, limit), own in zip(found(problem), costs(named(impl), problem, SCHEDULE, MARKS), strict=True):
        assert abs(own - J) <= limit


@pytest.mark.parametrize("name", ["float32_inside", "last_example_dropped", "divided_by_m_minus_1", "exp_approximated"])
def test_wrong_descents_leave_it(name):
    problem = made_up(60, 7).problem
    own = costs(load(wrong(name)), problem, SCHEDULE, MARKS)
    assert max(abs(J - one.J) / one.limit for one, J in zip(found(problem), own, strict=True)) > 1


@pytest.mark.parametrize("sign", [1, -1])
def test_no_second_x_is_held(sign):
    rng = np.random.default_rng(0)
    X, Y = sign * rng.random((20, 40_000)), rng.integers(0, 2, (1, 40_000)).astype(float)
    problem, schedule = Problem(X, Y, np.dtype(float)), Schedule(alpha=0.1, iterations=2)
    tracemalloc.start()
    try:
        own = [(state.iteration, state.J) for state in states(problem, schedule)]
        clock = count(step=1)
        reached, error, why = compare(problem, schedule, own, 1.0, lambda: next(clock))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (reached, error, why) == (2, 0, "")
    assert peak_bytes < X.nbytes / 2


@pytest.mark.parametrize(
    ("m", "seconds", "tried"),
    [(100, 0, [5, 40, 100]), (100, 0.01, [5, 40]), (100, 1, [5]), (40, 0, [5, 40]), (5, 0, [5])],
)
def test_a_few_examples_tell_that_a_comparison_would_take_too_long(monkeypatch, m, seconds, tried):
    problem, seen = made_up(m, 12_288).problem, list[int]()
    schedule = Schedule(alpha=1e-6, iterations=1)
    monkeypatch.setattr(drift, "paces_s", lambda some, *_: seen.append(some.m) or (seconds * some.m, seconds * some.m))
    own = [(state.iteration, state.J) for state in states(problem, schedule)]
    compared = compare(problem, schedule, own, 1.0, lambda: 0)
    assert seen == tried
    needed_s = 300 * seconds * (1 / 4 if tried == [5] else 1)  # as one block overrates a step
    assert compared.why == (f"its first 1 iterations would take {duration(needed_s, 2)}" if seconds else "")


@pytest.mark.filterwarnings("error")
def test_limits_that_grow_beyond_all_numbers_are_no_warning_and_no_number():
    """A descent that swings for ever: what rounding does doubles from step to step."""
    rng = np.random.default_rng(0)
    problem = Problem(rng.standard_normal((2, 12)), rng.integers(0, 2, (1, 12)).astype(float), np.dtype(float))
    last = found(problem, Schedule(alpha=32.0, iterations=4000), [0, 4000])[1]
    assert np.isfinite(last.J)
    assert not last.limit <= 1e3


def test_the_limit_is_what_the_worst_errors_do():
    """Errors of each step as large as they may be, each with the sign that hurts the last cost most.

    They are made a million times as large, so that they are seen above the rounding of the test itself; what they do is
    then a million times the limit, up to second order. Others of the same size do less.
    """
    problem, last = made_up(30, 4).problem, UNFINISHED.iterations
    points, hessians, errors = path(problem, last)
    direction = gradient(problem, points[-1])
    signs = []
    for hessian, k in zip(reversed(hessians), reversed(range(last)), strict=True):
        signs.append(np.sign(direction))
        direction = direction - UNFINISHED.rate(k) * hessian @ direction
    (one,) = found(problem, UNFINISHED, [last])
    worst = moved(problem, errors, list(reversed(signs)), 1e6)
    assert worst / 1e6 == pytest.approx(one.limit - of_cost(problem, points[-1]), rel=1e-3, abs=0)
    rng = np.random.default_rng(0)
    for _ in range(5):
        some = [rng.choice([-1.0, 1.0], len(error)) for error in errors]
        assert moved(problem, errors, some, 1e6) < 0.5 * worst


def design(problem: Problem) -> np.ndarray:
    return np.vstack([problem.X, np.ones(problem.m)])


def gradient(problem: Problem, theta: np.ndarray) -> np.ndarray:
    X = design(problem)
    return X @ (1 / (1 + np.exp(-(theta @ X))) - problem.Y[0]) / problem.m


def J_of(problem: Problem, theta: np.ndarray) -> float:
    z = theta @ design(problem)
    return float(np.mean(np.logaddexp(0, z) - z * problem.Y[0]))


def path(problem: Problem, last: int) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """θ of each iteration, the second derivative there, and how far two right steps from there can be apart."""
    X, theta = design(problem), np.zeros(problem.n_x + 1)
    points, hessians, errors = [theta], [], []
    for k in range(last):
        alpha, slope = UNFINISHED.rate(k), gradient(problem, theta)
        a = 1 / (1 + np.exp(-(theta @ X)))
        hessians.append(X * (a * (1 - a)) @ X.T / problem.m)
        limit = bound(problem, oracle(problem, theta[:-1], theta[-1]).magnitudes)
        own = alpha * np.append(limit.dw, limit.db) + 2.0**-53 * (4 * np.abs(theta) + 6 * alpha * np.abs(slope))
        errors.append(2 * own)  # the reference's beside the implementation's
        theta = theta - alpha * slope
        points.append(theta)
    return points, hessians, errors


def of_cost(problem: Problem, theta: np.ndarray) -> float:
    return 2 * bound(problem, oracle(problem, theta[:-1], theta[-1]).magnitudes).J


def moved(problem: Problem, errors: list[np.ndarray], signs: list[np.ndarray], times: float) -> float:
    """How far the last cost moves where each step is off by so many times its error."""
    right = off = np.zeros(problem.n_x + 1)
    for k, (error, sign) in enumerate(zip(errors, signs, strict=True)):
        alpha = UNFINISHED.rate(k)
        right, off = (
            right - alpha * gradient(problem, right),
            off - alpha * gradient(problem, off) + times * sign * error,
        )
    return abs(J_of(problem, off) - J_of(problem, right))
