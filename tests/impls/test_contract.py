"""What every implementation owes, held against each one that is discovered: to add a file is to have it tested.

`pytest tests/impls/test_contract.py --impl=mine.py` holds it against one from elsewhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradrace.bench.paths import ROOT
from gradrace.bench.problems import Case, pixels
from gradrace.bench.results import UnusableInput
from gradrace.bench.stepping import steps
from gradrace.bench.verification.hard_problems import case
from gradrace.bench.verification.judge import check, same_bits, trial
from gradrace.bench.verification.reference import Point, reference
from gradrace.impls.discovery import Source, Unavailable, load, sources
from gradrace.impls.interface import Gradient, Implementation, Problem
from gradrace.selection import chosen_sources
from tests.impls.gradient_check import slopes
from tests.strategies import cases

WRONG = ROOT / "tests" / "wrong"

AnyImplementation = Implementation[Any, Any, Any]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test for each implementation that comes along, or for those named by --impl."""
    if "implementation" in metafunc.fixturenames:
        chosen = named(metafunc.config) or sources()
        metafunc.parametrize("implementation", chosen, ids=lambda one: one.name, indirect=True, scope="module")


def named(config: pytest.Config) -> list[Source]:
    """Return the sources of --impl."""
    try:
        return chosen_sources(text) if (text := config.getoption("--impl")) else []
    except UnusableInput as reason:
        raise pytest.UsageError(str(reason)) from reason


@pytest.fixture(scope="module")
def implementation(request: pytest.FixtureRequest) -> AnyImplementation:
    try:
        return load(request.param)
    except Unavailable as reason:
        if named(request.config):
            pytest.fail(str(reason))  # whoever asked for it by name is not to take silence for praise
        pytest.skip(str(reason))


@pytest.fixture(params=["float64", "float32"], scope="module")
def dtype(request: pytest.FixtureRequest) -> Any:
    return request.param


def gradient(implementation: AnyImplementation, problem: Problem, w: Any, b: Any) -> Gradient:
    data = implementation.prepare(problem)
    return implementation.read(implementation.gradient(data, *implementation.native(w, b)))


def like(problem: Problem, X: Any, Y: Any) -> Problem:
    """Another problem of the same precision."""
    return Problem(np.ascontiguousarray(X), np.ascontiguousarray(Y), problem.dtype)


def assert_right(gradient: Gradient, case: Case) -> None:
    assert reference(case.problem, case.w, case.b).error_over_bound(gradient).worst <= 1


def test_worked_values(implementation, dtype):
    """At w = 0 and b = 0 every a is 1/2: J = log 2, and sums of these halves are exact in whatever order."""
    precision = np.dtype(dtype)
    X = np.array([[1, -3, 4, 0], [2, 0.5, -1, 8]], dtype=precision)
    Y = np.array([[1, 0, 1, 0]], dtype=precision)
    case = Case(Problem(X, Y, precision), np.zeros(2, dtype=precision), precision.type(0))
    worked = gradient(implementation, case.problem, case.w, case.b)
    assert worked.dw.tolist() == [-1, 0.9375]
    assert worked.db == 0
    assert_right(worked, case)
    assert_right(Gradient(J=np.log(2), dw=worked.dw, db=worked.db), case)


@given(drawn=cases())
def test_right_on_any_problem_and_harmless(implementation, drawn):
    """Within the error bound at every call, of the right dtype; no warning, no changed input, no result that moves."""
    assert check(implementation, trial(drawn)).findings == ()


@pytest.mark.parametrize(("m", "n_x"), [(257, 3), (17, 1025), (256, 64)])
def test_right_where_blocks_and_threads_have_something_left_over_and_where_not(implementation, dtype, m, n_x):
    drawn = case(m, n_x, dtype)
    assert check(implementation, trial(drawn)).findings == ()


@pytest.mark.parametrize("weights", ["some 0", "all 0"])
def test_right_where_weights_are_0(implementation, dtype, weights):
    drawn = case(12, 3, dtype, weights=weights)
    assert check(implementation, trial(drawn)).findings == ()


def test_right_on_pixels(implementation, dtype):
    drawn = pixels(5, 27, dtype)
    assert check(implementation, trial(drawn)).findings == ()


@given(drawn=cases())
def test_repeated_calls_give_the_same_bits(implementation, drawn):
    prepared = implementation.prepare(drawn.problem)
    native = implementation.native(drawn.w, drawn.b)
    once, again = (implementation.read(implementation.gradient(prepared, *native)) for _ in range(2))
    assert same_bits(once, again)


@given(drawn=cases(), data=st.data())
def test_the_order_of_the_examples_does_not_matter(implementation, drawn, data):
    problem = drawn.problem
    order = data.draw(st.permutations(range(problem.m)))
    permuted = like(problem, problem.X[:, order], problem.Y[:, order])
    assert_right(gradient(implementation, permuted, drawn.w, drawn.b), drawn)


@given(drawn=cases(), data=st.data())
def test_permuting_the_features_permutes_dw(implementation, drawn, data):
    problem = drawn.problem
    order = data.draw(st.permutations(range(problem.n_x)))
    permuted = gradient(implementation, like(problem, problem.X[order], problem.Y), drawn.w[order], drawn.b)
    dw = np.empty_like(permuted.dw)
    dw[order] = permuted.dw
    assert_right(Gradient(permuted.J, dw, permuted.db), drawn)


@given(drawn=cases())
def test_every_example_twice_changes_nothing(implementation, drawn):
    """J, dw and db are means: both gradients are held to the bound of the doubled problem, whose sums are longer."""
    problem = drawn.problem
    twice = like(problem, np.hstack([problem.X, problem.X]), np.hstack([problem.Y, problem.Y]))
    doubled = Case(twice, drawn.w, drawn.b)
    assert_right(gradient(implementation, twice, drawn.w, drawn.b), doubled)
    assert_right(gradient(implementation, problem, drawn.w, drawn.b), doubled)


@given(drawn=cases())
def test_flipping_labels_and_the_signs_of_w_and_b_flips_the_derivatives(implementation, drawn):
    """z becomes −z, hence a becomes 1 − a, y becomes 1 − y, and dz = a − y becomes y − a. L stays: log a and
    log(1 − a) change places, and so do y and 1 − y.
    """
    problem = drawn.problem
    flipped = gradient(implementation, like(problem, problem.X, 1 - problem.Y), -drawn.w, -drawn.b)
    assert_right(Gradient(flipped.J, -flipped.dw, -flipped.db), drawn)


@given(drawn=cases())
def test_flipping_the_signs_of_X_and_w_flips_dw_alone(implementation, drawn):
    """w·x stays, and with it z, dz, J and db; dw = 1/m Σ x·dz changes its sign with x."""
    problem = drawn.problem
    flipped = gradient(implementation, like(problem, -problem.X, problem.Y), -drawn.w, drawn.b)
    assert_right(Gradient(flipped.J, -flipped.dw, flipped.db), drawn)


@given(drawn=cases())
def test_the_bias_folded_in_as_a_feature_of_ones_gives_the_same_gradient(implementation, drawn):
    problem = drawn.problem
    X = np.vstack([problem.X, np.ones((1, problem.m), dtype=problem.dtype)])
    folded = gradient(implementation, like(problem, X, problem.Y), np.append(drawn.w, drawn.b), problem.dtype.type(0))
    for db in (folded.db, folded.dw[-1]):
        assert_right(Gradient(folded.J, folded.dw[:-1], db), drawn)


@pytest.mark.parametrize("seed", range(3))
def test_numerical_slopes_of_the_cost(implementation, dtype, seed):
    measured = slopes(implementation, case(9, 4, dtype, seed=seed))
    assert (np.abs(measured.by_formula - measured.by_nudge) <= measured.tolerance).all()


@pytest.mark.parametrize("name", ["dz_negated", "db_missing", "db_not_divided", "last_example_dropped"])
def test_numerical_slopes_catch_wrong_derivatives(name, dtype):
    measured = slopes(load(Source(name, WRONG / f"{name}.py")), case(9, 4, dtype))
    assert not (np.abs(measured.by_formula - measured.by_nudge) <= measured.tolerance).all()


@pytest.mark.parametrize(("m", "n_x"), [(1027, 13), (9, 300), (3, 1)])
def test_a_descent_is_its_steps_one_by_one(implementation, dtype, m, n_x):
    """Each is the right step from where the one before it ended, made alone or together; w and b are left as they were.

    Not to the bit: who makes many steps may keep z, and not w, from one to the next.
    """
    given, alpha = case(m, n_x, dtype), 0.125
    data = implementation.prepare(given.problem)
    start = alone = together = Point(given.w.copy(), given.b)
    for count in range(1, 4):
        after = Point(*steps(implementation, data, *alone, alpha, 1))
        assert reference(given.problem, *alone).step_fault(alone, after, alpha) is None
        alone = after
        after = Point(*steps(implementation, data, *start, alpha, count))
        assert reference(given.problem, *together).step_fault(together, after, alpha) is None
        together = after
    assert np.array_equal(start.w, given.w)
    w, b = steps(implementation, data, *start, alpha, 0)
    assert (w.tobytes(), float(b)) == (start.w.tobytes(), float(start.b))
